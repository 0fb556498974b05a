import { type Change, inSequence, UNCHANGED } from "../change.js";
import { isOpen, operationName, type ProviderReason } from "../operation.js";
import { balances, findOperation, isAborting, isClosed, type Order } from "../order.js";
import type { Payment } from "../payment.js";
import { hasLeft, isLost, isToCome } from "../shipment.js";
import { refundCaptured } from "./automatic-refund.js";
import { unresolvedCaptures } from "./capture.js";
import { begin, decide, reopen } from "./operate.js";
import { post, RELEASE } from "./posting.js";
import { clear, raise } from "./raise-attention.js";
import { recalled, recordShipment } from "./shipment-report.js";
import { append, setPayment } from "./transition.js";

/** The void of a payment, or after the order closed the void of one that came to life late. */
function voidName(order: Order): string {
  return isClosed(order) ? operationName.lateVoid : operationName.void;
}

/** An operator decided to leave the authorization as it is. */
export function leavesAuthorization(order: Order): boolean {
  return [operationName.void, operationName.lateVoid].some(
    (name) => findOperation(order, name)?.outcome?.result === "skipped",
  );
}

/** The warehouse has nothing of the order that it might still ship, and nothing left it. */
export function isRecalled(order: Order): boolean {
  return order.shipments.every(
    (shipment) =>
      isLost(shipment) ||
      (shipment.status === "pending" && !isOpen(findOperation(order, operationName.request(shipment.id)))),
  );
}

/** Whether something at the provider is to be voided now: nothing that is still to come needs it. */
export function isVoidDue(order: Order): boolean {
  if (order.payment.reference === null || leavesAuthorization(order)) return false;
  const operation = findOperation(order, voidName(order));
  if (isOpen(operation)) return true;
  if (operation?.outcome?.result === "refused") return false; // an operator decides
  const isHeld = balances(order).held > 0;
  if (isClosed(order)) return isHeld;
  if (isAborting(order)) return (isHeld || awaitsCustomer(order)) && isRecalled(order);
  const isLeft = order.shipments.some(hasLeft) || order.shipments.some(isLost);
  return isHeld && isLeft && !order.shipments.some(isToCome) && unresolvedCaptures(order).length === 0;
}

/** The provider has a payment that the customer might still complete, also one that contradicts the request. */
export function awaitsCustomer({ payment }: Order): boolean {
  return payment.status === "pending" && payment.reference !== null;
}

/** Begins the void, in another round where an earlier one was done before the money came. */
export function beginVoid(order: Order, now: number): Change {
  if (!isVoidDue(order)) return UNCHANGED;
  const name = voidName(order);
  return inSequence(
    order,
    (next) => (isAborting(next) ? recallRefused(next, now) : UNCHANGED),
    (next) => (findOperation(next, name) ? reopen(next, name, now) : begin(next, name, now)),
  );
}

/** With the money gone, a shipment that the warehouse refused must not go out by an operator's word. */
function recallRefused(order: Order, now: number): Change {
  const refused = order.shipments.filter(
    ({ id, status }) => status === "pending" && findOperation(order, operationName.request(id)),
  );
  return inSequence(
    order,
    ...refused.map(
      ({ id }) =>
        (next: Order) =>
          recordShipment(next, recalled(id), now),
    ),
  );
}

/** The provider voided the payment, or it had been captured before, which is refunded; then nothing is held. */
export function recordVoid(order: Order, payment: Payment, now: number): Change {
  const operation = openVoid(order);
  if (!operation) return UNCHANGED;
  const { name, round } = operation;
  const { held, captured } = balances(order);
  const excess = payment.state === "captured" ? Math.min(held, Math.max(0, payment.received - captured)) : 0;
  return inSequence(
    order,
    (next) => decide(next, name, { result: "done", reference: payment.reference }),
    (next) => clear(next, name, now),
    (next) => clear(next, operationName.authorize, now),
    (next) => refundCaptured(next, `${name}#${round}`, excess, payment.received, now),
    (next) => release(next, `${name}#${round}`, now),
  );
}

/** What is held goes back to the customer, and one who has yet to act is not waited for any more. */
export function release(order: Order, entry: string, now: number): Change {
  const { held, captured } = balances(order);
  const wasRequested = awaitsCustomer(order);
  const { reference } = order.payment;
  return inSequence(
    order,
    (next) => post(next, entry, RELEASE, held, now),
    () => (held > 0 ? append("payment.voided", "payment-provider", { amount: held }) : UNCHANGED),
    (next) => (wasRequested ? decide(next, operationName.authorize, { result: "declined", reference }) : UNCHANGED),
    (next) =>
      captured === 0 && (held > 0 || wasRequested)
        ? setPayment(next, { status: "voided", actionUrl: null })
        : UNCHANGED,
  );
}

export function recordVoidRefusal(order: Order, reason: ProviderReason, now: number): Change {
  const operation = openVoid(order);
  if (!operation) return UNCHANGED;
  const { name } = operation;
  const amount = balances(order).held || order.total;
  return inSequence(
    order,
    (next) => decide(next, name, { result: "refused", reason }),
    (next) => clear(next, name, now),
    (next) => raise(next, { step: name, cause: "void_refused", amount, reason }, now),
  );
}

/** The void that is in progress; one that was begun before the order closed is found after it, too. */
export function openVoid(order: Order) {
  return [operationName.void, operationName.lateVoid].map((name) => findOperation(order, name)).find(isOpen);
}
