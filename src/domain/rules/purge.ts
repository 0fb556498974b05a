import { change, type Change } from "../change.js";
import { balances, isClosed, openAttentions, type Order } from "../order.js";

/** Whether a closed order owes nothing any more: no money, no attention, no refund, no email, no fact to apply. */
export function isPurgeable(order: Order): boolean {
  return (
    isClosed(order) &&
    order.purgedAt === null &&
    balances(order).held === 0 &&
    openAttentions(order).length === 0 &&
    order.refunds.every(({ status }) => status !== "accepted" && status !== "needs_attention") &&
    order.emails.every(({ status }) => status !== "queued") &&
    order.operations.every(({ firstAttemptAt, outcome }) => firstAttemptAt === null || outcome !== null) &&
    order.facts.length === 0
  );
}

/** Erases personal data and detail; the tombstone keeps ids, times, provider references and amounts (section 6). */
export function purge(now: number): Change {
  return change({ row: { purgedAt: now }, erase: true });
}
