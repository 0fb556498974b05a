import { change, type Change, combine, inSequence, UNCHANGED } from "../change.js";
import { operationName, type OperationResult, type ProviderReason } from "../operation.js";
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
 * it had succeeded brings the money back to us.
 */
export function recordRefund(order: Order, refundId: string, report: ProviderRefund, now: number): Change {
  const refund = findRefund(order, refundId);
  if (!refund) return UNCHANGED;
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
  const name = operationName.refund(refund.id);
  const outcome = findOperation(order, name)?.outcome;
  if (outcome?.result === "done") return UNCHANGED; // by this one, or by the retry that replaced it once it had failed
  if (outcome?.result === "waived")
    return hasEntry(order, failedEntry(name, reference)) ? UNCHANGED : confirmWaived(order, refund, reference);
  if (refund.reference === reference && !refund.pending) return UNCHANGED; // it failed since, which is known
  // An operator gave it up, and its money was promised again.
  if (refund.status === "failed" && refund.amount > refundable(order)) return contradict(order, refund, report, now);
  // Under the provider's own id: a refund that failed and was made again is another movement of money.
  const entry = `${name}/${reference}`;
  const posted = post(order, entry, REFUND, refund.amount, now);
  if (posted === UNCHANGED) return UNCHANGED;
  return inSequence(
    order,
    () => posted,
    (next) => override(next, name, { result: "done", reference }),
    (next) => clear(next, name, now),
    () => change({ refunds: [{ ...refund, status: "succeeded", reference, pending: false }] }),
    () => append("refund.succeeded", "payment-provider", { refund: refund.id, amount: refund.amount }),
    () => (openAttention(order, name) && !isClosed(order) ? wakeOrder(order) : UNCHANGED),
    (next) => queueEmail(next, "refunded", refund.id, now),
  );
}

/** What the money of a refund came back under: one that failed never succeeds again, however late an event says so. */
const failedEntry = (name: string, reference: string) => `${name}/failed/${reference}`;

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

function recordFailure(order: Order, refund: Refund, { reference, reason }: ProviderRefund, now: number): Change {
  const name = operationName.refund(refund.id);
  const outcome = findOperation(order, name)?.outcome;
  if (outcome && RESOLVED_WITHOUT_PROVIDER.includes(outcome.result)) return UNCHANGED;
  if (outcome?.reference && outcome.reference !== reference) return UNCHANGED; // an earlier attempt's, replaced since
  if (refund.pending && refund.reference !== reference) return UNCHANGED; // likewise, and the new one is in progress
  if (!outcome && !refund.pending && refund.reference === reference) return UNCHANGED; // known before the retry
  return inSequence(
    order,
    (next) => (outcome ? post(next, failedEntry(name, reference), RETURN, refund.amount, now) : UNCHANGED),
    (next) => needOperator(next, { ...refund, reference }, reason ?? FAILED_AT_PROVIDER, now),
  );
}

/** The money did not come from this refund of the provider's: that it failed changes nothing. */
const RESOLVED_WITHOUT_PROVIDER: readonly OperationResult[] = ["refused", "skipped", "waived"];

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
