import { automaticRefundId } from "../../idempotency/derived-ids.js";
import { change, type Change, combine, inSequence, UNCHANGED } from "../change.js";
import { balances, capturesSeparately, findOperation, findRefund, type Order } from "../order.js";
import { amountOf, operationName } from "../operation.js";
import { promisedRefunds, type Refund } from "../refund.js";
import { isLost, type Shipment } from "../shipment.js";
import { AUTHORIZE, CAPTURE, post } from "./posting.js";
import { append, setPayment } from "./transition.js";

/** What of the captured money is neither refunded nor promised to be, in minor units. */
export function refundable(order: Order): number {
  return balances(order).captured - promisedRefunds(order.refunds);
}

/** A refund that Idem makes by itself, once for each cause, never above what was captured. */
function requestAutomaticRefund(order: Order, cause: string, amount: number): Change {
  const id = automaticRefundId(order.id, cause);
  const capped = Math.min(amount, refundable(order));
  if (capped <= 0 || findRefund(order, id)) return UNCHANGED;
  return combine(
    change({
      refunds: [{ id, amount: capped, status: "accepted", reference: null, pending: false, automatic: true }],
      signals: [{ workflow: "refund", subjectId: id, name: null }],
    }),
    append("refund.requested", "system", { refund: id, amount: capped, cause }),
  );
}

/** Money that was captured and belongs to no shipment: it is posted under the cause and refunded. */
export function refundCaptured(order: Order, cause: string, amount: number, received: number, now: number): Change {
  if (amount <= 0) return UNCHANGED;
  const { held } = balances(order);
  return inSequence(
    order,
    (next) => post(next, `${cause}/authorized`, AUTHORIZE, amount - held, now),
    (next) => post(next, `${cause}/captured`, CAPTURE, amount, now),
    (next) => setPayment(next, { status: "captured", received: Math.max(received, next.payment.received) }),
    (next) => requestAutomaticRefund(next, cause, amount),
  );
}

/**
 * Refunds what was captured for shipments that failed or were recalled: of the captured money, all beyond the shares of
 * those that still count. Applied when a shipment fails and when a capture is recorded, whichever comes last.
 */
export function refundLostShares(order: Order): Change {
  const lost = order.shipments.filter(isLost);
  return inSequence(
    order,
    ...lost.map((shipment) => (next: Order) => {
      const amount = Math.min(paidFor(next, shipment), excess(next));
      return requestAutomaticRefund(next, `share/${shipment.id}`, amount);
    }),
  );
}

/** Refunds what a refund that failed had covered of lost shares. */
export function refundInstead(order: Order, refundId: string): Change {
  return requestAutomaticRefund(order, `instead/${refundId}`, excess(order));
}

/**
 * Captured money beyond the shares of the shipments it pays for and beyond every refund. The shop's own refunds are for
 * shipments that count, too, as far as these are worth them; an automatic one that an operator gave up is not repeated.
 */
function excess(order: Order): number {
  const counting = order.shipments
    .filter((shipment) => !isLost(shipment))
    .reduce((sum, shipment) => sum + paidFor(order, shipment), 0);
  const automatic = order.refunds.filter((refund) => refund.automatic);
  const requested = order.refunds.filter((refund) => !refund.automatic && !hasFailed(order, refund));
  return balances(order).captured - sumOf(automatic) - Math.max(counting, sumOf(requested));
}

/** The provider did not make it, and an operator gave it up. */
function hasFailed(order: Order, { id, status }: Refund): boolean {
  return status === "failed" && findOperation(order, operationName.refund(id))?.outcome?.result === "refused";
}

function sumOf(refunds: readonly Refund[]): number {
  return refunds.reduce((sum, { amount }) => sum + amount, 0);
}

/** What captured money may pay for a shipment: one capture pays for every share, of several each for its own. */
function paidFor(order: Order, { id, share }: Shipment): number {
  if (!capturesSeparately(order)) return share;
  const capture = findOperation(order, operationName.capture(id));
  return capture?.outcome?.result === "done" ? amountOf(capture) : 0;
}
