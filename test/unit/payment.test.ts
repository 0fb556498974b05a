import { expect, test } from "vitest";
import { matchesRequest, type Payment } from "../../src/domain/payment.js";

const asked = { orderId: "ord_1", amount: 2500, currency: "EUR" };
const payment: Payment = {
  reference: "pi_1",
  orderId: "ord_1",
  state: "authorized",
  amount: 2500,
  currency: "EUR",
  capturable: 2500,
  received: 0,
  terms: null,
  reason: null,
  actionUrl: null,
};

test("a payment of the order, the amount and the currency is the one that was asked for", () => {
  expect(matchesRequest(payment, asked)).toBe(true);
});

test.each<Partial<Payment>>([
  { orderId: "ord_2" },
  { orderId: null },
  { amount: 2501 },
  { amount: 0 },
  { currency: "USD" },
])("a payment that differs by %j is not", (difference) => {
  expect(matchesRequest({ ...payment, ...difference }, asked)).toBe(false);
});
