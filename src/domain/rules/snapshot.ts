import { appliedThrough, balances, findRefund, isAborting, isClosed, openAttentions, type Order } from "../order.js";
import type { OrderSnapshot, RefundSnapshot } from "../order-snapshot.js";
import { findEmail } from "./email-queue.js";
import { deadlineOf } from "./expiry.js";
import { dueSteps } from "./next-step.js";

export function snapshotOf(order: Order): OrderSnapshot {
  const { authorized, captured, refunded } = balances(order);
  return {
    version: order.version,
    status: order.status,
    failure: order.failure?.code ?? null,
    aborting: isAborting(order),
    closed: isClosed(order),
    currency: order.currency,
    authorized,
    captured,
    refunded,
    paymentUnknown: order.payment.status === "unknown",
    shipments: order.shipments.map(({ id, status }) => ({ id, status })),
    attentions: openAttentions(order).map(({ step, cause }) => ({ step, cause })),
    due: dueSteps(order),
    deadline: deadlineOf(order),
    appliedThrough: appliedThrough(order),
  };
}

export function refundSnapshotOf(order: Order, refundId: string): RefundSnapshot {
  const refund = findRefund(order, refundId);
  if (!refund) throw new Error("a refund that has a run is not in its order");
  return {
    version: order.version,
    status: refund.status,
    amount: refund.amount,
    currency: order.currency,
    due: isRefundDue(order, refundId),
    emailDue: findEmail(order, { kind: "refunded", about: refundId })?.status === "queued",
    appliedThrough: appliedThrough(order),
  };
}

/** Accepted, and the provider has not taken it over: one that it shows as pending is polled. */
export function isRefundDue(order: Order, refundId: string): boolean {
  const refund = findRefund(order, refundId);
  return refund?.status === "accepted" && !refund.pending;
}
