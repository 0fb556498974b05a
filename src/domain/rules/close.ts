import { change, type Change, combine, inSequence, UNCHANGED } from "../change.js";
import { isOpen, operationName } from "../operation.js";
import { balances, findOperation, isClosed, openAttention, openAttentions, type Order } from "../order.js";
import { isLost, isToCome } from "../shipment.js";
import { unresolvedCaptures } from "./capture.js";
import { queueEmail } from "./email-queue.js";
import { clear } from "./raise-attention.js";
import { releaseStock } from "./stock-units.js";
import { RUN_STEP } from "./takeover.js";
import { append, moveTo, setDeadline, setPayment } from "./transition.js";
import { awaitsCustomer, isVoidDue, leavesAuthorization, isRecalled } from "./void.js";

/** Whether the order's failure is known and nothing is left to compensate before it is rejected. */
export function canReject(order: Order): boolean {
  return order.failure !== null && order.status !== "cancelling" && !isClosed(order) && isCompensated(order);
}

/** Whether the cancel has won and nothing is left to compensate. */
export function canCancel(order: Order): boolean {
  return order.status === "cancelling" && isCompensated(order);
}

/** Money is released, or an operator said to leave it, and the warehouse has nothing to ship. */
function isCompensated(order: Order): boolean {
  return (
    isRecalled(order) &&
    !isVoidDue(order) &&
    ((balances(order).held === 0 && !awaitsCustomer(order)) || leavesAuthorization(order)) &&
    !isOpen(findOperation(order, operationName.authorize)) &&
    !openAttention(order, RUN_STEP)
  );
}

/** Whether every shipment arrived or was lost, every capture has its outcome and no operator is needed. */
export function canComplete(order: Order): boolean {
  return (
    order.status === "shipped" &&
    order.shipments.every((shipment) => shipment.status === "delivered" || isLost(shipment)) &&
    unresolvedCaptures(order).length === 0 &&
    !isVoidDue(order) &&
    (balances(order).held === 0 || leavesAuthorization(order)) &&
    openAttentions(order).every(({ cause }) => cause === "email_undelivered")
  );
}

export function rejectOrder(order: Order, now: number): Change {
  return canReject(order) ? reject(order, now) : UNCHANGED;
}

/** Ends an order that has failed and holds no money as rejected, its stock released in the same change. */
export function reject(order: Order, now: number): Change {
  const customerKnows = order.status !== "accepted";
  const { failure } = order;
  if (!failure) throw new Error("an order is rejected for a reason");
  return inSequence(
    order,
    releaseAll(now),
    (next) => moveTo(next, "rejected", now),
    () => append("order.rejected", "system", { reason: failure.code }),
    (next) => (customerKnows ? queueEmail(next, "rejected", "", now) : UNCHANGED),
  );
}

/** Ends a cancel that has won; `cancelled` is written last of all. */
export function cancelOrder(order: Order, now: number): Change {
  if (!canCancel(order)) return UNCHANGED;
  return inSequence(
    order,
    releaseAll(now),
    (next) => queueEmail(next, "cancelled", "", now),
    (next) => moveTo(next, "cancelled", now),
    () => append("order.cancelled", "system"),
  );
}

export function completeOrder(order: Order, now: number): Change {
  if (!canComplete(order)) return UNCHANGED;
  return combine(moveTo(order, "completed", now), append("order.completed", "system"));
}

/** Stock is released, a payment that was never requested is none, and what was never requested is recalled. */
function releaseAll(now: number) {
  return (order: Order): Change => {
    const pending = order.shipments.filter(isToCome);
    const neverRequested = order.payment.status === "pending" && order.payment.reference === null;
    return inSequence(
      order,
      (next) => setDeadline(next, null),
      (next) => setPayment(next, { actionUrl: null, ...(neverRequested && { status: "none" }) }),
      () => change({ shipments: pending.map((shipment) => ({ ...shipment, status: "recalled" as const })) }),
      () => releaseStock(pending),
      ...pending.map(
        ({ id }) =>
          (next: Order) =>
            clear(next, operationName.request(id), now),
      ),
    );
  };
}
