import { type Change, inSequence, UNCHANGED } from "../change.js";
import { operationName } from "../operation.js";
import type { Order } from "../order.js";
import { queueEmail } from "./email-queue.js";
import { begin } from "./operate.js";
import { moveOn } from "./shipment-report.js";
import { append, moveTo, setDeadline, setPayment } from "./transition.js";

/** The payment is authorized, or there is none: on to an operator where the policy asks for one, else confirmed. */
export function confirmOrRequestApproval(order: Order, now: number): Change {
  const { approvalThreshold, approvalTimeoutMs } = order.policy;
  if (approvalThreshold === null || order.total < approvalThreshold)
    return inSequence(order, (next) => confirm(next, now), beginRequests(now));
  return inSequence(
    order,
    () => moveTo(order, "awaiting_approval", now),
    (next) => setPayment(next, { actionUrl: null }),
    (next) => setDeadline(next, now + approvalTimeoutMs),
    () => append("approval.requested", "system", { total: order.total, threshold: approvalThreshold }),
  );
}

export function confirm(order: Order, now: number): Change {
  return inSequence(
    order,
    () => moveTo(order, "confirmed", now),
    (next) => setPayment(next, { actionUrl: null }),
    (next) => setDeadline(next, null),
    () => append("order.confirmed", "system"),
    (next) => queueEmail(next, "confirmation", "", now),
    // Shipments of a restored order may have been reported before its payment.
    (next) => moveOn(next, now),
  );
}

/** The requests begin in the change that confirms, for the run that makes it calls them next. */
function beginRequests(now: number) {
  return (order: Order): Change =>
    order.attentions.some(({ resolvedAt }) => resolvedAt === null)
      ? UNCHANGED
      : inSequence(
          order,
          ...order.shipments
            .filter(({ status }) => status === "pending")
            .map(
              ({ id }) =>
                (next: Order) =>
                  begin(next, operationName.request(id), now),
            ),
        );
}
