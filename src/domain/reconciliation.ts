import { isOpen, operationName } from "./operation.js";
import { balances, findOperation, hasOpenRefund, isClosed, type Order, waivedRefunds } from "./order.js";
import type { Payment, ProviderRefund } from "./payment.js";

/** How a payment at the provider differs from the order's record of it; null where it does not. */
export function paymentDifference(order: Order, payment: Payment & { refunded: number }): string | null {
  const { captured, held, refunded } = balances(order);
  if (payment.received !== captured && payment.received !== order.payment.received)
    return `${payment.received} was captured at the provider, ${captured} is on record`;
  const isKnownOutside = payment.received !== captured;
  if (isKnownOutside) return null;
  if (payment.state === "authorized" && held === 0 && !isVoiding(order))
    return `${payment.capturable} is authorized at the provider, nothing is on record`;
  if ((payment.state === "voided" || payment.state === "failed") && held > 0 && !isVoiding(order) && !isClosed(order))
    return `nothing is authorized at the provider, ${held} is on record`;
  if (order.payment.status === "unknown" && payment.state !== "created") return `the payment is ${payment.state}`;
  return payment.refunded + waivedRefunds(order) !== refunded && !hasOpenRefund(order)
    ? `${payment.refunded} was refunded at the provider, ${refunded} is on record`
    : null;
}

function isVoiding(order: Order): boolean {
  return [operationName.void, operationName.lateVoid].some((name) => isOpen(findOperation(order, name)));
}

/** How a refund at the provider differs from the order's record of it; null where it does not. */
export function refundDifference(order: Order, refund: ProviderRefund): string | null {
  const known = order.refunds.find(({ id }) => id === refund.refundId);
  if (!known) return refund.state === "failed" ? null : `${refund.amount} was refunded at the provider, not by Idem`;
  if (known.reference !== refund.reference) return null; // an earlier attempt
  const isRecorded =
    refund.state === "pending" ||
    (refund.state === "succeeded" && known.status === "succeeded") ||
    (refund.state === "failed" && known.status !== "accepted" && known.status !== "succeeded");
  return isRecorded ? null : `the refund ${known.id} ${refund.state} at the provider, it is ${known.status} on record`;
}
