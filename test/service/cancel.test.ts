import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createStripe } from "../../src/providers/payment/stripe-gateway.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { retryWhileUnavailable } from "../rig/caller.js";
import type { PlacedOrder } from "../rig/test-app.js";
import { TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(1, { LOOKUP_AFTER: "2s" });
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

const UNDONE = ["authorization", "shipment", "recall", "void"];
const FREE = (onHand: number) => ({ onHand, reserved: 0, available: onHand });

async function cancelled(order: PlacedOrder) {
  expect((await idem.cancel(order)).status).toBe(200);
  return idem.reaches(order, "cancelled");
}

describe.concurrent("a cancel that wins", () => {
  test("recalls, voids, gives the stock back and writes cancelled last of all (E7, E1)", async () => {
    const sku = await idem.stockedSku(5);
    const order = await idem.held({ sku });
    expect(await idem.stock(sku)).toEqual({ onHand: 5, reserved: 1, available: 4 });
    const now = await cancelled(order);
    expect(await idem.outside.money(order.id)).toEqual({ live: 0, captured: 0, refunded: 0, net: 0 });
    expect(await idem.outside.kinds(order.id)).toEqual(UNDONE);
    expect(await idem.stock(sku)).toEqual(FREE(5));
    expect(now).toMatchObject({
      failure: null,
      attention: null,
      amounts: { authorized: order.body.total, captured: 0, refunded: 0 },
      payment: { status: "voided" },
      shipments: [{ status: "recalled" }],
    });
    expect(await idem.mailed(order, 2)).toEqual(["cancelled", "confirmation"]);
    await waitFor("the run to close", async () => (await idem.runStatus(`order/${order.id}`)) === "COMPLETED");
    const undoing = new Set(["cancel.requested", "shipment.recalled", "payment.voided", "stock.released"]);
    const types = (await idem.eventTypes(order)).filter((type) => undoing.has(type) || type.startsWith("order."));
    expect(types).toEqual([
      "order.accepted",
      "order.confirmed",
      "cancel.requested",
      "shipment.recalled",
      "stock.released",
      "payment.voided",
      "order.cancelled",
    ]);
    const after = (await idem.eventTypes(order)).slice((await idem.eventTypes(order)).indexOf("order.cancelled") + 1);
    expect(new Set(after)).toEqual(new Set(["email.sent"]));
  });

  test("while the customer acts leaves no payment that could still succeed (E7)", async () => {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    expect(await idem.mailed(order, 1)).toEqual(["action-needed"]);
    await cancelled(order);
    expect((await idem.outside.payments(order.id)).map(({ status }) => status)).toEqual(["canceled"]);
    expect(await idem.mailed(order, 2)).toEqual(["action-needed", "cancelled"]);
  });

  test("refunds what was captured by hand meanwhile, and holds none of the rest (E1, E7)", async () => {
    const order = await idem.held();
    await idem.outside.fault("webhook", "drop-before", { order: order.id, count: -1 });
    const stripe = createStripe({ secretKey: "sk_test_somebody", apiBase: idem.env["STRIPE_API_BASE"] ?? "" });
    const { payment } = await idem.read(order);
    await stripe.paymentIntents.capture(payment.reference, { amount_to_capture: 70 });
    await cancelled(order);
    await idem.leavesNothing(order);
    const refunded = async () => (await idem.read(order)).amounts.refunded === 70;
    await waitFor("the refund", refunded);
    expect((await idem.read(order)).amounts).toMatchObject({ captured: 70, refunded: 70 });
  });

  test("of an order that costs nothing asks for no payment, though it names a method (E7)", async () => {
    const sku = await idem.stockedSku(1);
    await idem.outside.hold({ sku });
    const order = await idem.place(idem.order({ lines: [{ sku, quantity: 1, unitPrice: 0 }], total: 0 }));
    await idem.reaches(order, "confirmed");
    await waitFor("the warehouse", async () => (await idem.outside.shipments(order.id)).length === 1);
    await cancelled(order);
    expect(await idem.outside.kinds(order.id)).toEqual(["shipment", "recall"]);
    expect(await idem.calls(order, "authorize")).toEqual([]);
  });

  test("while an operator decides voids (E7)", async () => {
    const order = await idem.place(idem.dear());
    await idem.reaches(order, "awaiting_approval");
    await cancelled(order);
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "void"]);
  });

  test("waits for a payment whose outcome is unknown, and then voids it (E7, E4)", async () => {
    const sku = await idem.stockedSku(1);
    const body = idem.order({ sku });
    const unseen = { amount: body.total, count: -1 };
    const blind = [
      await idem.outside.fault("webhook", "drop-before", unseen),
      await idem.outside.fault("lookup", "fail-before", unseen),
    ];
    const order = await idem.placeWith("authorize", "fail-after", {}, body);
    await waitFor("the payment to be unknown", async () => (await idem.read(order)).payment.status === "unknown");
    const answer = await idem.cancel(order);
    expect([answer.status, answer.json.status]).toEqual([200, "cancelling"]);
    for (const fault of blind) await idem.outside.heal(fault);
    await idem.reaches(order, "cancelled");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "void"]);
    expect(await idem.stock(sku)).toEqual(FREE(1));
  });

  test("beside a decline leaves nothing, whichever comes first (E7, E1)", async () => {
    const order = await idem.placeWith("authorize", "decline");
    await idem.cancel(order);
    await idem.reaches(order, "cancelled", "rejected");
    await idem.leavesNothing(order);
    expect(await idem.outside.kinds(order.id)).toEqual([]);
  });

  test("recalls what the warehouse took without saying so (E7, E4)", async () => {
    const body = idem.order();
    await idem.outside.hold({ amount: body.total });
    const order = await idem.placeWith("ship", "drop-after", {}, body);
    await waitFor("the shipment", async () => (await idem.outside.kinds(order.id)).includes("shipment"));
    await cancelled(order);
    expect(await idem.outside.kinds(order.id)).toEqual(UNDONE);
  });

  test.each([
    ["recall", "drop-before"],
    ["recall", "drop-after"],
    ["recall", "fail-before"],
    ["void", "drop-before"],
    ["void", "drop-after"],
    ["void", "fail-after"],
    ["void", "limit"],
  ] as const)("goes on by itself after a %s that met %s, and undoes once (E5, E4)", async (op, action) => {
    const order = await idem.held();
    const fault = await idem.outside.fault(op, action, { order: order.id, count: 2 });
    await cancelled(order);
    expect(await idem.outside.hits(fault)).toBeGreaterThan(0);
    expect(await idem.outside.kinds(order.id)).toEqual(UNDONE);
    expect(new Set((await idem.calls(order, op)).map(({ key }) => key)).size).toBe(1);
  });
});

describe.concurrent("a cancel that comes too late", () => {
  test("loses to a shipment that had left unnoticed: the order goes on and is paid once (E7)", async () => {
    const sku = await idem.stockedSku(1);
    const order = await idem.held({ sku });
    await idem.outside.advance(order.id, "shipped", { notify: false });
    expect((await idem.cancel(order)).json.status).toBe("cancelling");
    const now = await idem.reaches(order, "shipped");
    expect(now.failure).toBeNull();
    expect(await idem.eventTypes(order)).toContain("cancel.lost");
    await idem.outside.advance(order.id, "delivered");
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "capture"]);
    expect(await idem.stock(sku)).toEqual(FREE(0));
    expect(await idem.mailed(order, 2)).toEqual(["confirmation", "shipped"]);
  });

  test("is refused once a shipped report is in the order database, and once the order is completed (E7)", async () => {
    const order = await idem.held();
    await idem.outside.advance(order.id, "shipped");
    await idem.reaches(order, "shipped");
    expect((await idem.cancel(order)).problem).toBe("order-not-cancellable");
    await idem.outside.advance(order.id, "delivered");
    await idem.reaches(order, "completed");
    expect((await idem.cancel(order)).problem).toBe("order-not-cancellable");
    expect(await idem.eventTypes(order)).not.toContain("cancel.requested");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "capture"]);
  });

  test("is idempotent when the order was rejected or cancelled already (E7, M7)", async () => {
    const rejected = await idem.place(idem.order({ method: "pm_card_visa_chargeDeclined" }));
    await idem.reaches(rejected, "rejected");
    const answer = await idem.cancel(rejected);
    expect([answer.status, answer.json.status]).toEqual([200, "rejected"]);
    expect((await idem.read(rejected)).failure.code).toBe("payment_declined");
    const order = await idem.held();
    await cancelled(order);
    const before = await idem.outside.kinds(order.id);
    const again = await idem.cancel(order);
    expect([again.status, again.json.status, again.replayed]).toEqual([200, "cancelled", false]);
    await stays("what was done", async () => (await idem.outside.kinds(order.id)).length === before.length);
  });
});

describe.concurrent("the key of a cancel", () => {
  test("returns the order as it is now, marked as a repeat, and refuses another reason (K5, K6)", async () => {
    const order = await idem.held();
    const key = randomUUID();
    const first = await idem.cancel(order, { reason: "changed my mind" }, { key });
    expect([first.status, first.replayed]).toEqual([200, false]);
    await idem.reaches(order, "cancelled");
    const again = await idem.cancel(order, { reason: "changed my mind" }, { key });
    expect([again.status, again.replayed, again.json.status]).toEqual([200, true, "cancelled"]);
    expect((await idem.cancel(order, { reason: "other" }, { key })).problem).toBe("idempotency-key-reused");
    expect((await idem.eventTypes(order)).filter((type) => type === "cancel.requested")).toHaveLength(1);
  });

  test("stands for the same request with an empty body and with {} (section 2)", async () => {
    const order = await idem.held();
    const key = randomUUID();
    expect((await idem.acme.post(`${order.path}/cancel`, "", { key })).status).toBe(200);
    const again = await idem.cancel(order, {}, { key });
    expect([again.status, again.replayed]).toEqual([200, true]);
  });

  test("is unique within its order and operation (K9)", async () => {
    const [one, other] = [await idem.held(), await idem.held()];
    const key = one.key; // the key that the order itself was placed with
    const answers = [await idem.cancel(one, {}, { key }), await idem.cancel(other, { reason: "x" }, { key })];
    expect(answers.map(({ status, replayed }) => [status, replayed])).toEqual([
      [200, false],
      [200, false],
    ]);
  });

  test("may be eight different ones at one moment: the order is undone once (E1, M16)", async () => {
    const order = await idem.held();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => retryWhileUnavailable((key) => idem.cancel(order, {}, { key }))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    await idem.reaches(order, "cancelled");
    expect(await idem.outside.kinds(order.id)).toEqual(UNDONE);
    expect(await idem.mailed(order, 2)).toEqual(["cancelled", "confirmation"]);
  });
});

describe.concurrent("a cancel and a shipment at one moment", () => {
  test.each([1, 2, 3, 4])("end as one of the two, and money and units agree (E1, E7), try %s", async () => {
    const sku = await idem.stockedSku(1);
    const order = await idem.held({ sku });
    const [answer] = await Promise.all([idem.cancel(order), idem.outside.advance(order.id, "shipped")]);
    expect([200, 409]).toContain(answer.status);
    await waitFor("the shipment's end", async () => {
      await idem.outside.advance(order.id, "delivered");
      return ["completed", "cancelled"].includes((await idem.read(order)).status);
    });
    const { status } = await idem.read(order);
    const { net, live } = await idem.outside.money(order.id);
    expect([status, net, live]).toEqual(
      status === "completed" ? ["completed", order.body.total, 0] : ["cancelled", 0, 0],
    );
    expect(await idem.stock(sku)).toEqual(FREE(status === "completed" ? 0 : 1));
  });
});
