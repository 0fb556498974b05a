import type { Attention } from "../attention.js";
import { change, type Change, combine, inSequence, UNCHANGED } from "../change.js";
import { EMAIL_KINDS, type EmailRef } from "../email.js";
import type { ResolutionFact } from "../fact.js";
import { amountOf, isOpen, operationName, parseStep } from "../operation.js";
import { balances, findOperation, isActive, type Order, requireOperation, requireRefund } from "../order.js";
import { matchesRequest, type Payment } from "../payment.js";
import { type ShipmentReport, UNTRACKED } from "../shipment.js";
import { refundInstead } from "./automatic-refund.js";
import { abort } from "./cancel.js";
import { beginCapture, recordCapture, unpaid } from "./capture.js";
import { overrideEmail, requeueEmail } from "./email-queue.js";
import { decide, override, reopen } from "./operate.js";
import { recordAuthorizationAnswer } from "./payment-report.js";
import { close } from "./raise-attention.js";
import { waiveRefund } from "./refund-report.js";
import { recordShipment } from "./shipment-report.js";
import { append, withKey } from "./transition.js";
import { release } from "./void.js";

/** The payment that a resolution is checked against, as its provider shows it; null when there is none. */
export type Evidence = { payment: Payment | null };

/** Which payment the provider must be asked for before the resolution can be applied. */
export function evidenceNeeded(order: Order, fact: ResolutionFact): { reference: string | null } | null {
  const attention = findAttention(order, fact);
  if (!attention || fact.action !== "mark-done" || fact.paidOtherwise) return null;
  const { kind } = parseStep(attention.step);
  return kind === "capture" || kind === "authorize" ? { reference: fact.reference ?? order.payment.reference } : null;
}

/** Applies an operator's resolution to the attention that it was accepted for, and to no other. */
export function applyResolution(order: Order, fact: ResolutionFact, evidence: Evidence | null, now: number): Change {
  return withKey(judgeResolution(order, fact, evidence, now), fact.actor, fact.keyId);
}

function judgeResolution(order: Order, fact: ResolutionFact, evidence: Evidence | null, now: number): Change {
  const attention = findAttention(order, fact);
  if (!attention)
    return append("attention.resolution_superseded", fact.actor, { attention: fact.attentionId, action: fact.action });
  if (evidenceNeeded(order, fact)) {
    const confirmed = confirmByEvidence(order, attention, evidence?.payment ?? null, now);
    if (!confirmed) return refuseResolution(attention, fact);
    return inSequence(
      order,
      () => recordResolution(attention, fact, now),
      () => confirmed,
    );
  }
  return inSequence(
    order,
    () => recordResolution(attention, fact, now),
    (next) => carryOut(next, attention, fact, now),
  );
}

function findAttention(order: Order, { attentionId }: ResolutionFact): Attention | undefined {
  return order.attentions.find(({ id, resolvedAt }) => id === attentionId && resolvedAt === null);
}

function recordResolution(
  attention: Attention,
  { action, reference, paidOtherwise, reason, actor }: ResolutionFact,
  now: number,
) {
  const { id, step, cause } = attention;
  const data = { attention: id, step, cause, action, reference, ...(paidOtherwise && { paidOtherwise }), reason };
  return combine(close(attention, now), append("attention.resolved", actor, data));
}

function refuseResolution(attention: Attention, { action, reference, actor }: ResolutionFact): Change {
  const { id, step } = attention;
  return combine(
    change({ attentions: [{ ...attention, resolution: null }] }),
    append("attention.resolution_refused", actor, { attention: id, step, action, reference }),
  );
}

/** What the provider shows makes the operator's word a fact; null where it does not. */
function confirmByEvidence(order: Order, { step }: Attention, payment: Payment | null, now: number): Change | null {
  const { id, total, currency } = order;
  if (!payment || !matchesRequest(payment, { orderId: id, amount: total, currency })) return null;
  const { kind, about } = parseStep(step);
  if (kind === "authorize") {
    const isMade = payment.state === "authorized" || payment.state === "captured";
    return isMade ? recordAuthorizationAnswer(order, payment, now) : null;
  }
  const { captured, held } = balances(order);
  // With nothing held any more another capture took this one's money, or none did.
  const missing = held > 0 ? Math.min(amountOf(requireOperation(order, step)), held) : Math.max(unpaid(order), 0);
  const isCaptured = payment.reference === order.payment.reference && payment.received >= captured + missing;
  return isCaptured ? recordCapture(order, about, payment, now) : null;
}

function carryOut(order: Order, { step }: Attention, fact: ResolutionFact, now: number): Change {
  const { kind, about } = parseStep(step);
  switch (kind) {
    case "capture":
      return resolveCapture(order, step, fact, now);
    case "void":
      return resolveVoid(order, step, fact, now);
    case "request":
      return resolveRequest(order, step, about, fact, now);
    case "recall":
      return resolveRecall(order, step, about, fact, now);
    case "refund":
      return resolveRefund(order, about, fact, now);
    case "delivery":
      return fact.action === "mark-done" ? recordShipment(order, report(about, "delivered"), now) : UNCHANGED;
    case "email":
      return resolveEmail(order, about, fact, now);
    case "authorize":
      return fact.action === "retry" ? UNCHANGED : giveUpPayment(order, now);
    case "payment":
      return abort(order, now);
    case "run":
      return fact.action === "skip" ? abort(order, now) : UNCHANGED;
    default:
      return UNCHANGED; // an event, a late report, an unreadable body: the operator has seen it
  }
}

/** A refused call is made again under a new key; one whose outcome is unknown is in progress anyway. */
function retry(order: Order, step: string, now: number | null): Change {
  return isOpen(findOperation(order, step)) ? UNCHANGED : reopen(order, step, now);
}

function resolveCapture(order: Order, step: string, { action, reference }: ResolutionFact, now: number): Change {
  return inSequence(
    order,
    (next) =>
      action === "retry"
        ? retry(next, step, null)
        : override(next, step, { result: action === "mark-done" ? "waived" : "skipped", reference }),
    (next) => beginCapture(next, now),
  );
}

function resolveVoid(order: Order, step: string, { action, reference }: ResolutionFact, now: number): Change {
  if (action === "retry") return retry(order, step, now);
  const round = requireOperation(order, step).round;
  return inSequence(
    order,
    (next) => override(next, step, { result: action === "mark-done" ? "done" : "skipped", reference }),
    (next) => (action === "mark-done" ? release(next, `${step}#${round}`, now) : stopWaiting(next)),
  );
}

/** An operator leaves the authorization as it is: the customer is not waited for either. */
function stopWaiting(order: Order): Change {
  return isOpen(findOperation(order, operationName.authorize))
    ? override(order, operationName.authorize, { result: "skipped" })
    : UNCHANGED;
}

function resolveRequest(
  order: Order,
  step: string,
  id: string,
  { action, reference }: ResolutionFact,
  now: number,
): Change {
  const isWanted = isActive(order) || isOpen(findOperation(order, step));
  if (action === "retry" && isWanted) return retry(order, step, now);
  const isDone = action === "mark-done";
  return inSequence(
    order,
    (next) => override(next, step, { result: isDone ? "done" : "skipped", reference }),
    (next) => recordShipment(next, report(id, isDone ? "accepted" : "cancelled"), now),
  );
}

/** By the operator's word the shipment does not leave. */
function resolveRecall(
  order: Order,
  step: string,
  id: string,
  { action, reference }: ResolutionFact,
  now: number,
): Change {
  if (action === "retry") return retry(order, step, now);
  return inSequence(
    order,
    (next) => override(next, step, { result: action === "mark-done" ? "done" : "skipped", reference }),
    (next) => recordShipment(next, report(id, "cancelled"), now),
  );
}

function report(id: string, status: ShipmentReport["status"]): ShipmentReport {
  return { id, orderId: null, status, ...UNTRACKED };
}

function resolveRefund(order: Order, refundId: string, fact: ResolutionFact, now: number): Change {
  const { action, attentionId, reference } = fact;
  const refund = requireRefund(order, refundId);
  const name = operationName.refund(refundId);
  const signal = change({ signals: [{ workflow: "refund", subjectId: refundId, name: "attentionResolved" }] });
  switch (action) {
    case "retry":
      return inSequence(
        order,
        (next) => retry(next, name, null),
        () => change({ refunds: [{ ...refund, status: "accepted" }] }),
        () => signal,
      );
    case "skip":
      return inSequence(
        order,
        (next) => decide(next, name, { result: "skipped", reference }),
        () => change({ refunds: [{ ...refund, status: "failed" }] }),
        (next) => refundInstead(next, refundId),
        () => signal,
      );
    case "mark-done":
      return combine(waiveRefund(order, refund, attentionId, reference, now), signal);
  }
}

function resolveEmail(order: Order, about: string, { action }: ResolutionFact, now: number): Change {
  const ref = emailRef(about);
  return action === "retry"
    ? requeueEmail(order, ref, now)
    : overrideEmail(order, ref, action === "mark-done" ? "sent" : "superseded");
}

function emailRef(text: string): EmailRef {
  const { kind: name, about } = parseStep(text);
  const kind = EMAIL_KINDS.find((one) => one === name);
  if (!kind) throw new Error(`no email is called ${name}`);
  return { kind, about };
}

/** Without a payment that can be trusted the order is aborted. */
function giveUpPayment(order: Order, now: number): Change {
  return inSequence(
    order,
    (next) => override(next, operationName.authorize, { result: "skipped" }),
    (next) => abort(next, now),
  );
}
