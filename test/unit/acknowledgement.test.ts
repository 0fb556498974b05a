import { describe, expect, test } from "vitest";
import { acknowledgeOrder, acknowledgeRefund } from "../../src/domain/acknowledgement.js";

/** Repeats answer the same bytes for ever, so these never change: an order may be repeated years later. */
const ORDER_BYTES =
  '{"id":"ord_n2432yvpkqc5ybzdlnh7tyjz4vbe2apz","status":"accepted","createdAt":"2026-11-25T10:00:00.000Z",' +
  '"links":{"self":"/v1/orders/ord_n2432yvpkqc5ybzdlnh7tyjz4vbe2apz",' +
  '"events":"/v1/orders/ord_n2432yvpkqc5ybzdlnh7tyjz4vbe2apz/events"}}';

const REFUND_BYTES =
  '{"id":"ref_qe4vv5fttvp6nfsxmws74pbo6h3olxxj","orderId":"ord_n2432yvpkqc5ybzdlnh7tyjz4vbe2apz","status":"accepted",' +
  '"amount":1250,"currency":"EUR","createdAt":"2026-11-26T09:30:00.007Z",' +
  '"links":{"self":"/v1/orders/ord_n2432yvpkqc5ybzdlnh7tyjz4vbe2apz/refunds/ref_qe4vv5fttvp6nfsxmws74pbo6h3olxxj",' +
  '"order":"/v1/orders/ord_n2432yvpkqc5ybzdlnh7tyjz4vbe2apz"}}';

const order = { id: "ord_n2432yvpkqc5ybzdlnh7tyjz4vbe2apz", createdAt: new Date("2026-11-25T10:00:00.000Z") };
const refund = {
  id: "ref_qe4vv5fttvp6nfsxmws74pbo6h3olxxj",
  orderId: order.id,
  amount: 1250,
  currency: "EUR",
  createdAt: new Date("2026-11-26T09:30:00.007Z"),
};

describe("an acknowledgement", () => {
  test("of an order has these bytes", () => {
    expect(acknowledgeOrder(order).body).toBe(ORDER_BYTES);
  });

  test("of a refund has these bytes", () => {
    expect(acknowledgeRefund(refund).body).toBe(REFUND_BYTES);
  });

  test("is made of what the claim stored and of nothing else", () => {
    const more = { ...order, status: "completed", reference: "cart-981" };
    expect(acknowledgeOrder(more).body).toBe(ORDER_BYTES);
    expect(acknowledgeRefund({ ...refund, ...{ status: "succeeded", reason: "broken" } }).body).toBe(REFUND_BYTES);
  });

  test("is located where its own link points", () => {
    for (const { body, location } of [acknowledgeOrder(order), acknowledgeRefund(refund)]) {
      expect(location).toBe(JSON.parse(body).links.self);
    }
  });
});
