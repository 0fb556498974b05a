import { expect, test } from "vitest";
import { type AuditedPayment, auditOrder } from "../../../src/domain/audit-order.js";
import { planOperation } from "../../../src/domain/operation.js";
import type { Order } from "../../../src/domain/order.js";
import { paymentDifference } from "../../../src/domain/reconciliation.js";
import { SCENARIOS, NOW } from "../../explore/orders.js";

const TOTAL = 1000;

/** A completed order whose only shipment was lost after it was captured, with a refund that an operator resolved. */
function resolvedBy(result: "waived" | "skipped"): Order {
  const [scenario] = SCENARIOS;
  if (!scenario) throw new Error("there is no scenario");
  const { order } = scenario;
  const refund = planOperation(order.id, "refund/ref_1", { firstAttemptAt: NOW });
  const moved = (name: string, from: "customer" | "authorized" | "captured", to: typeof from) => ({
    ...{ name, from, to, amount: TOTAL, postedAt: NOW },
  });
  return {
    ...order,
    status: "completed",
    total: TOTAL,
    closedAt: NOW,
    payment: { ...order.payment, status: "captured", reference: "pi_1", received: TOTAL },
    ledger: [
      moved("authorize", "customer", "authorized"),
      moved("capture/shp_1", "authorized", "captured"),
      ...(result === "waived" ? [moved("refund/ref_1/by-hand", "captured", "customer")] : []),
    ],
    refunds: [
      {
        ...{ id: "ref_1", amount: TOTAL, reference: null, pending: false, automatic: true },
        status: result === "waived" ? "succeeded" : "failed",
      },
    ],
    operations: [{ ...refund, outcome: { result, reference: null, reason: null } }],
  };
}

const PROVIDERS: AuditedPayment = {
  reference: "pi_1",
  orderId: null,
  state: "captured",
  amount: TOTAL,
  currency: "EUR",
  capturable: 0,
  received: TOTAL,
  refunded: 0,
  terms: null,
  reason: null,
  actionUrl: null,
};

test.each(["waived", "skipped"] as const)("a refund that an operator resolved as %s adds up (M12)", (result) => {
  const order = resolvedBy(result);
  expect(auditOrder(order, [PROVIDERS])).toEqual([]);
  expect(paymentDifference(order, PROVIDERS)).toBeNull();
});

test("a lost shipment without its refund does not add up, also where the shop's own refund was given up", () => {
  const order = resolvedBy("skipped");
  const requested = order.refunds.map((refund) => ({ ...refund, automatic: false }));
  for (const refunds of [[], requested])
    expect(auditOrder({ ...order, refunds }, [PROVIDERS])).toEqual([`${TOTAL} was kept for shipments worth 0`]);
});
