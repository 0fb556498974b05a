import { type Change, combine, inSequence, UNCHANGED } from "../change.js";
import { isOpen, operationName, type ProviderReason } from "../operation.js";
import { balances, findOperation, hasEntry, isActive, isClosed, type Order } from "../order.js";
import { matchesRequest, type Payment } from "../payment.js";
import { canMove } from "../status.js";
import { refundCaptured } from "./automatic-refund.js";
import { captureSeenIn, beginCapture, recordCapture } from "./capture.js";
import { reject } from "./close.js";
import { confirmOrRequestApproval } from "./confirm.js";
import { queueEmail } from "./email-queue.js";
import { raiseMismatch } from "./mismatch.js";
import { begin, decide, reopen } from "./operate.js";
import { AUTHORIZE, post } from "./posting.js";
import { clear, raise, raiseOnce } from "./raise-attention.js";
import { append, fail, moveTo, reasonData, setDeadline, setPayment } from "./transition.js";
import { awaitsCustomer, openVoid, recordVoid } from "./void.js";

const { authorize } = operationName;

/**
 * What the provider says became of the payment: its answer, an event or a look-up, in any order and any number. Only
 * the first known outcome moves the order; what succeeds after the order closed is voided or refunded (E8).
 */
export function recordPayment(order: Order, payment: Payment, now: number): Change {
  switch (payment.state) {
    case "created":
    case "processing":
      return UNCHANGED;
    case "action_required":
      return requestAction(order, payment, now);
    case "failed":
      return inSequence(order, known(payment), (next) => recordDecline(next, payment, now));
    case "voided":
      return inSequence(order, known(payment), (next) => recordVoided(next, payment, now));
    case "authorized":
    case "captured":
      return inSequence(order, known(payment), (next) =>
        isClosed(next) ? recordLatePayment(next, payment, now) : recordAuthorization(next, payment, now),
      );
  }
}

/** From its first outcome on the payment is known by the provider's id. */
function known({ reference }: Payment) {
  return (order: Order) => (order.payment.reference === null ? setPayment(order, { reference }) : UNCHANGED);
}

/**
 * An event about a payment. One that contradicts the order (amount, currency, order, or another payment than the
 * order's) moves nothing and is reported.
 */
export function recordPaymentEvent(order: Order, payment: Payment, type: string, now: number): Change {
  const { reference } = order.payment;
  const isForeign = reference !== null && reference !== payment.reference;
  if (!isForeign && matchesRequest(payment, requested(order))) return recordPayment(order, payment, now);
  const result = findOperation(order, authorize)?.outcome?.result;
  if (!isForeign && (result === "mismatch" || result === "skipped")) return UNCHANGED; // its own answer was reported
  const data = { event: type, amount: payment.amount, currency: payment.currency, reference: payment.reference };
  return raiseMismatch(order, "payment-provider", payment.reference, data, now);
}

/** The answer to the authorization, or what a look-up for it found. */
export function recordAuthorizationAnswer(order: Order, payment: Payment, now: number): Change {
  return matchesRequest(payment, requested(order))
    ? recordPayment(order, payment, now)
    : recordMismatch(order, payment, now);
}

function requested(order: Order) {
  return { orderId: order.id, amount: order.total, currency: order.currency };
}

function recordAuthorization(order: Order, payment: Payment, now: number): Change {
  const isKnown = hasEntry(order, authorize);
  return inSequence(
    order,
    (next) => (isKnown ? UNCHANGED : postAuthorization(next, payment, now)),
    (next) => recordTerms(next, payment, now),
    (next) => recordReceived(next, payment, now),
    (next) => (isKnown ? UNCHANGED : goOn(next, now)),
  );
}

function postAuthorization(order: Order, payment: Payment, now: number): Change {
  const { amount, currency, reference } = payment;
  return inSequence(
    order,
    (next) => decide(next, authorize, { result: "done", reference }),
    (next) => clear(next, authorize, now),
    (next) => post(next, authorize, AUTHORIZE, amount, now),
    (next) => setPayment(next, { status: "authorized", actionUrl: null }),
    () => append("payment.authorized", "payment-provider", { amount, currency, reference }),
  );
}

function goOn(order: Order, now: number): Change {
  const waits = order.status === "accepted" || order.status === "awaiting_payment";
  return waits && isActive(order) ? confirmOrRequestApproval(order, now) : UNCHANGED;
}

/** What the provider granted; an event does not say it, and the answer that does may come later. */
function recordTerms(order: Order, { terms }: Payment, now: number): Change {
  if (!terms || order.payment.multicapture !== null) return UNCHANGED;
  return inSequence(
    order,
    (next) => setPayment(next, terms),
    (next) => beginCapture(next, now),
  );
}

/** Money that the provider shows as captured: by the capture that is in progress, or by hand at the provider. */
function recordReceived(order: Order, payment: Payment, now: number): Change {
  const { reference, received } = payment;
  if (received <= order.payment.received) return UNCHANGED;
  const shipmentId = captureSeenIn(order, payment);
  if (shipmentId !== null) return recordCapture(order, shipmentId, payment, now);
  return combine(
    setPayment(order, { received }),
    append("payment.captured_outside", "payment-provider", { received, reference }),
  );
}

/** Money that came after the order closed: what was captured is refunded, what is only held is voided (E8). */
function recordLatePayment(order: Order, payment: Payment, now: number): Change {
  const { reference, received, capturable, state } = payment;
  const { captured, held } = balances(order);
  const taken = received - captured;
  if (taken > 0)
    return inSequence(
      order,
      (next) => decide(next, authorize, { result: "done", reference }),
      () => append("payment.late", "payment-provider", { amount: taken, reference }),
      (next) => refundCaptured(next, `late/${reference}/${received}`, taken, received, now),
    );
  if (state !== "authorized" || capturable <= 0 || captured > 0 || held > 0) return UNCHANGED;
  if (hasEntry(order, authorize) || hasEntry(order, lateEntry(reference))) return askAgain(order, now);
  return inSequence(
    order,
    (next) => decide(next, authorize, { result: "done", reference }),
    (next) => post(next, lateEntry(reference), AUTHORIZE, capturable, now),
    () => append("payment.late", "payment-provider", { amount: capturable, reference }),
  );
}

const lateEntry = (reference: string) => `late/${reference}`;

/** An old authorization reported again, or one that came to life again: a void ends both. */
function askAgain(order: Order, now: number): Change {
  const name = operationName.lateVoid;
  return findOperation(order, name) ? reopen(order, name, now) : begin(order, name, now);
}

/** The answer contradicts the request: its money is on record, nothing ships, an operator decides. */
function recordMismatch(order: Order, payment: Payment, now: number): Change {
  if (!isOpen(findOperation(order, authorize))) return UNCHANGED;
  const { reference, amount, currency, capturable, received } = payment;
  const held = capturable + received;
  const data = { amount, currency, expectedAmount: order.total, expectedCurrency: order.currency, reference };
  return inSequence(
    order,
    (next) => decide(next, authorize, { result: "mismatch", reference }),
    (next) => clear(next, authorize, now),
    (next) => post(next, authorize, AUTHORIZE, held, now),
    (next) => setPayment(next, { status: held > 0 ? "authorized" : "pending", reference, actionUrl: null }),
    () => append("payment.mismatch", "payment-provider", data),
    (next) => raise(next, { step: authorize, cause: "payment_mismatch", amount: held }, now),
  );
}

function requestAction(order: Order, payment: Payment, now: number): Change {
  if (!isOpen(findOperation(order, authorize)) || isClosed(order) || awaitsCustomer(order)) return UNCHANGED;
  const { reference, actionUrl } = payment;
  return inSequence(
    order,
    (next) => setPayment(next, { status: "pending", reference }),
    (next) => clear(next, authorize, now),
    (next) =>
      next.status === "accepted" && isActive(next)
        ? inSequence(
            next,
            (waiting) => moveTo(waiting, "awaiting_payment", now),
            (waiting) => setPayment(waiting, { actionUrl }),
            (waiting) => setDeadline(waiting, now + order.policy.paymentActionTimeoutMs),
            () => append("payment.action_required", "payment-provider", { reference }),
            (waiting) => queueEmail(waiting, "action-needed", "", now),
          )
        : UNCHANGED,
  );
}

function recordDecline(order: Order, payment: Payment, now: number): Change {
  const { reference, reason } = payment;
  if (!isOpen(findOperation(order, authorize))) return contradictHeld(order, now);
  return inSequence(
    order,
    (next) => decide(next, authorize, { result: "declined", reference, reason }),
    (next) => clear(next, authorize, now),
    (next) => setPayment(next, { status: "declined", actionUrl: null }),
    () =>
      append("payment.declined", "payment-provider", {
        reason: reason?.declineCode ?? reason?.code ?? "declined",
        ...reasonData(reason),
      }),
    (next) => rejectUnlessAborting(next, "payment_declined", reason, now),
  );
}

/** Refused as such: no payment was made, and the same request would be refused again. */
export function recordAuthorizationRefusal(order: Order, reason: ProviderReason, now: number): Change {
  if (!isOpen(findOperation(order, authorize))) return UNCHANGED;
  return inSequence(
    order,
    (next) => decide(next, authorize, { result: "refused", reason }),
    (next) => clear(next, authorize, now),
    (next) => setPayment(next, { status: "declined", actionUrl: null }),
    () => append("payment.refused", "payment-provider", { reason: reason.code, ...reasonData(reason) }),
    (next) => rejectUnlessAborting(next, "payment_refused", reason, now),
  );
}

function rejectUnlessAborting(
  order: Order,
  code: "payment_declined" | "payment_refused",
  reason: ProviderReason | null,
  now: number,
): Change {
  if (!isActive(order) || !canMove(order.status, "rejected")) return UNCHANGED;
  return inSequence(
    order,
    () => fail(code, reason),
    (next) => reject(next, now),
  );
}

/** A payment that was voided: by us after a deadline or a cancel, or by hand at the provider. */
function recordVoided(order: Order, payment: Payment, now: number): Change {
  if (openVoid(order)) return recordVoid(order, payment, now);
  if (!isOpen(findOperation(order, authorize))) return contradictHeld(order, now);
  return inSequence(
    order,
    (next) => decide(next, authorize, { result: "declined", reference: payment.reference }),
    (next) => clear(next, authorize, now),
    (next) => setPayment(next, { status: "voided", actionUrl: null }),
    (next) => rejectUnlessAborting(next, "payment_declined", null, now),
  );
}

/** The provider does not hold what it held: the payment was cancelled there by hand. */
function contradictHeld(order: Order, now: number): Change {
  const { held } = balances(order);
  if (held === 0 || isClosed(order) || !hasEntry(order, authorize)) return UNCHANGED;
  return raiseOnce(order, { step: PAYMENT_STEP, cause: "payment_cancelled_outside", amount: held }, now);
}

/** The step of an attention about a payment that was changed outside. */
const PAYMENT_STEP = "payment";
