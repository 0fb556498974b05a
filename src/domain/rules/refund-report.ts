import { change, type Change, combine, inSequence, UNCHANGED } from "../change.js";
import { operationName, type ProviderReason } from "../operation.js";
import { findOperation, findRefund, hasEntry, isClosed, openAttention, type Order } from "../order.js";
import type { ProviderRefund } from "../payment.js";
import type { Refund } from "../refund.js";
import { refundable } from "./automatic-refund.js";
import { queueEmail } from "./email-queue.js";
import { raiseMismatch } from "./mismatch.js";
import { override } from "./operate.js";
import { post, REFUND, RETURN } from "./posting.js";
import { clear, raise } from "./raise-attention.js";
import { append, reasonData } from "./transition.js";

const FAILED_AT_PROVIDER: ProviderReason = {
  code: "failed_at_provider",
  declineCode: null,
  message: null,
  requestId: null,
};

/**
 * What the provider says of a refund: its answer, an event or a poll, in any order and any number. One that fails after
 * it had succeeded brings the money back to us, and never succeeds again, however late an event says so.
 */
export function recordRefund(order: Order, refundId: string, report: ProviderRefund, now: number): Change {
  const refund = findRefund(order, refundId);
  if (!refund || hasEntry(order, failedEntry(refundId, report.reference))) return UNCHANGED;
  if (report.amount !== refund.amount) return contradict(order, refund, report, now);
  switch (report.state) {
    case "pending":
      return recordPending(refund, report.reference);
    case "succeeded":
      return recordSuccess(order, refund, report, now);
    case "failed":
      return recordFailure(order, refund, report, now);
  }
}

function contradict(order: Order, refund: Refund, { amount, reference }: ProviderRefund, now: number): Change {
  const data = { event: "refund", amount, currency: order.currency, refund: refund.id };
  return raiseMismatch(order, "payment-provider", reference, data, now);
}

/** An event about a refund: of ours it is recorded; one that was made by hand at the provider is none of the order's. */
export function recordRefundEvent(order: Order, report: ProviderRefund, now: number): Change {
  return report.refundId === null ? UNCHANGED : recordRefund(order, report.refundId, report, now);
}

function recordPending(refund: Refund, reference: string): Change {
  if (refund.status !== "accepted" || refund.reference === reference) return UNCHANGED;
  return change({ refunds: [{ ...refund, reference, pending: true }] });
}

function recordSuccess(order: Order, refund: Refund, report: ProviderRefund, now: number): Change {
  const { reference } = report;
  const outcome = findOperation(order, operationName.refund(refund.id))?.outcome;
  if (outcome?.result === "done") return UNCHANGED; // by this one, or by the retry that replaced it once it had failed
  if (outcome?.result === "waived") return confirmWaived(order, refund, reference);
  // An operator gave it up, and its money was promised again.
  if (refund.status === "failed" && refund.amount > refundable(order)) return contradict(order, refund, report, now);
  return succeed(order, refund, madeEntry(refund.id, reference), { result: "done", reference }, now);
}

/** By an operator's word the customer was refunded another way. */
export function waiveRefund(
  order: Order,
  refund: Refund,
  attentionId: string,
  reference: string | null,
  now: number,
): Change {
  return succeed(order, refund, madeEntry(refund.id, `by-hand/${attentionId}`), { result: "waived", reference }, now);
}

function succeed(
  order: Order,
  refund: Refund,
  entry: string,
  outcome: { result: "done" | "waived"; reference: string | null },
  now: number,
): Change {
  const { id, amount } = refund;
  const name = operationName.refund(id);
  return inSequence(
    order,
    (next) => post(next, entry, REFUND, amount, now),
    (next) => override(next, name, outcome),
    (next) => clear(next, name, now),
    () => change({ refunds: [{ ...refund, status: "succeeded", reference: outcome.reference, pending: false }] }),
    () => append("refund.succeeded", "payment-provider", { refund: id, amount }),
    () => (openAttention(order, name) && !isClosed(order) ? wakeOrder(order) : UNCHANGED),
    (next) => queueEmail(next, "refunded", id, now),
  );
}

/** Under the provider's own id: a refund that failed and was made again is another movement of money. */
const madeEntry = (refundId: string, reference: string) => `${operationName.refund(refundId)}/${reference}`;

/** What the money of a refund came back under. */
const failedEntry = (refundId: string, reference: string) => madeEntry(refundId, `failed/${reference}`);

/** An attention kept the order's own run waiting; the refund's run signals it that the attention is cleared. */
function wakeOrder(order: Order): Change {
  return change({ signals: [{ workflow: "order", subjectId: order.id, name: "refundUpdated" }] });
}

/** The provider shows what an operator had marked as done: one movement of money, known by the provider's id from now. */
function confirmWaived(order: Order, refund: Refund, reference: string): Change {
  return combine(
    override(order, operationName.refund(refund.id), { result: "done", reference }),
    change({ refunds: [{ ...refund, reference }] }),
  );
}

/** One that failed without having counted is money that went and came back: by that it is known to have failed. */
function recordFailure(order: Order, refund: Refund, { reference, reason }: ProviderRefund, now: number): Change {
  const outcome = findOperation(order, operationName.refund(refund.id))?.outcome;
  const isCounted = outcome?.reference === reference && outcome.result !== "skipped";
  const isInProgress = !outcome && (!refund.pending || refund.reference === reference);
  return inSequence(
    order,
    (next) => (isCounted ? UNCHANGED : post(next, madeEntry(refund.id, reference), REFUND, refund.amount, now)),
    (next) => post(next, failedEntry(refund.id, reference), RETURN, refund.amount, now),
    (next) =>
      isCounted || isInProgress
        ? needOperator(next, { ...refund, reference }, reason ?? FAILED_AT_PROVIDER, now)
        : UNCHANGED,
  );
}

/** The provider refuses a refund, or it failed there: an operator decides. */
export function recordRefundRefusal(order: Order, refundId: string, reason: ProviderReason, now: number): Change {
  const refund = findRefund(order, refundId);
  const name = operationName.refund(refundId);
  if (!refund || findOperation(order, name)?.outcome) return UNCHANGED;
  return needOperator(order, refund, reason, now);
}

function needOperator(order: Order, refund: Refund, reason: ProviderReason, now: number): Change {
  const step = operationName.refund(refund.id);
  const data = { refund: refund.id, reason: reason.code, ...reasonData(reason) };
  return inSequence(
    order,
    (next) => override(next, step, { result: "refused", reason }),
    (next) => clear(next, step, now),
    () =>
      combine(
        change({ refunds: [{ ...refund, status: "needs_attention", pending: false }] }),
        append("refund.failed", "payment-provider", data),
      ),
    (next) => raise(next, { step, cause: "refund_refused", amount: refund.amount, reason }, now),
  );
}
