import { change, type Change, combine, inSequence, UNCHANGED } from "../change.js";
import {
  amountOf,
  isOpen,
  type Operation,
  operationName,
  parseStep,
  planOperation,
  type ProviderReason,
} from "../operation.js";
import { balances, capturesSeparately, findOperation, openAttention, type Order, requireShipment } from "../order.js";
import type { Payment } from "../payment.js";
import { isLost, isToCome, neverLeft } from "../shipment.js";
import { refundLostShares } from "./automatic-refund.js";
import { decide, override } from "./operate.js";
import { CAPTURE, post, RELEASE } from "./posting.js";
import { clear, raise } from "./raise-attention.js";
import { append, setPayment } from "./transition.js";

const PREFIX = operationName.capture("");

function captures(order: Order): Operation[] {
  return order.operations.filter(({ name }) => name.startsWith(PREFIX));
}

/** Captures that may still be made: planned, in progress, or refused and waiting for an operator. */
export function unresolvedCaptures(order: Order): Operation[] {
  return captures(order).filter(({ name, outcome }) => outcome === null || openAttention(order, name) !== undefined);
}

/**
 * The capture that is made next: one at a time, so that what the provider has received in all shows which captures it
 * made. One that was refused waits for an operator and keeps no other from being made.
 */
function nextCapture(order: Order): Operation | undefined {
  const open = captures(order).filter(({ outcome }) => outcome === null);
  return open.find(isOpen) ?? open[0];
}

/** The shipment whose capture is made next; null when none is. */
export function shipmentToCapture(order: Order): string | null {
  const next = nextCapture(order);
  return next ? parseStep(next.name).about : null;
}

/** Plans the capture of a shipment that left, and begins it unless another one is in progress. */
export function planCapture(order: Order, shipmentId: string, now: number): Change {
  const name = operationName.capture(shipmentId);
  if (findOperation(order, name) || order.total === 0) return UNCHANGED;
  return inSequence(
    order,
    () => change({ operations: [planOperation(order.id, name)] }),
    (next) => beginCapture(next, now),
  );
}

/** Whether the provider's terms decide what is captured, and are not known: they are to be retrieved first. */
export function needsTerms(order: Order): boolean {
  return order.payment.multicapture === null && order.shipments.length > 1;
}

/**
 * Fixes what the next capture takes, before it is first called: every repeat is then the same request (E3). Where the
 * provider grants several captures each shipment takes its share; else the first takes all that is held, less the
 * shares of those that were lost (E9). The last one releases the rest. Nothing to take is a capture that is done.
 */
export function beginCapture(order: Order, now: number): Change {
  const planned = nextCapture(order);
  if (!planned || isOpen(planned) || needsTerms(order)) return UNCHANGED;
  const several = capturesSeparately(order);
  const amount = several ? requireShipment(order, parseStep(planned.name).about).share : capturable(order);
  if (amount <= 0)
    return inSequence(
      order,
      () => change({ operations: [{ ...planned, amount: 0 }] }),
      (next) => decide(next, planned.name, { result: "done" }),
      (next) => beginCapture(next, now),
    );
  const others = unresolvedCaptures(order).filter(({ name }) => name !== planned.name);
  const final = !several || (others.length === 0 && !order.shipments.some(isToCome));
  return change({ operations: [{ ...planned, amount, final, firstAttemptAt: now }] });
}

/** What a single capture takes: what is held and not for lost shipments; what is owed all the same, if it were more. */
function capturable(order: Order): number {
  const lost = order.shipments.filter(neverLeft).reduce((sum, { share }) => sum + share, 0);
  return Math.max(balances(order).held - lost, unpaid(order));
}

/** What the shipments that left cost beyond what was captured, and beyond what an operator gave up or has paid otherwise. */
export function unpaid(order: Order): number {
  const owed = order.shipments
    .filter((shipment) => shipment.shippedAt !== null && !isLost(shipment))
    .reduce((sum, { share }) => sum + share, 0);
  const resolved = captures(order)
    .filter(({ outcome }) => outcome?.result === "waived" || outcome?.result === "skipped")
    .reduce((sum, operation) => sum + amountOf(operation), 0);
  return owed - balances(order).captured - resolved;
}

/** The provider captured a shipment's money; with the last capture it releases the rest by itself. */
export function recordCapture(order: Order, shipmentId: string, payment: Payment, now: number): Change {
  const name = operationName.capture(shipmentId);
  const operation = findOperation(order, name);
  if (!operation || operation.outcome?.result === "done") return UNCHANGED;
  const amount = Math.min(amountOf(operation), balances(order).held);
  return inSequence(
    order,
    (next) => override(next, name, { result: "done", reference: payment.reference }),
    (next) => clear(next, name, now),
    (next) => post(next, name, CAPTURE, amount, now),
    (next) => setPayment(next, { status: "captured", received: Math.max(next.payment.received, payment.received) }),
    () =>
      append("payment.captured", "payment-provider", { amount, shipment: shipmentId, reference: payment.reference }),
    refundLostShares,
    (next) => (operation.final ? releaseRest(next, `${name}/rest`, now) : UNCHANGED),
    (next) => beginCapture(next, now),
  );
}

function releaseRest(order: Order, entry: string, now: number): Change {
  const { held } = balances(order);
  if (held <= 0) return UNCHANGED;
  return combine(
    post(order, entry, RELEASE, held, now),
    append("payment.released", "payment-provider", { amount: held }),
  );
}

export function recordCaptureRefusal(order: Order, shipmentId: string, reason: ProviderReason, now: number): Change {
  const name = operationName.capture(shipmentId);
  const operation = findOperation(order, name);
  if (!isOpen(operation)) return UNCHANGED;
  return inSequence(
    order,
    (next) => decide(next, name, { result: "refused", reason }),
    (next) => clear(next, name, now),
    (next) => raise(next, { step: name, cause: "capture_refused", amount: amountOf(operation), reason }, now),
    (next) => beginCapture(next, now),
  );
}

/** A capture that the provider shows before its answer came: what it has received is what the open one makes it. */
export function captureSeenIn(order: Order, payment: Payment): string | null {
  const open = nextCapture(order);
  if (!isOpen(open)) return null;
  const { captured } = balances(order);
  return payment.received >= captured + amountOf(open) ? parseStep(open.name).about : null;
}
