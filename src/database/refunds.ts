import { type Kysely, type Selectable, sql } from "kysely";
import { ownRefundId } from "../idempotency/derived-ids.js";
import type { ProviderRefund } from "../domain/payment.js";
import { amountsColumn, GIVE_BACK, post, RETURNED } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { enqueue } from "./outbox.js";
import { decideStep, findStep, overrideStep, stepOf } from "./operations.js";
import type { RefundsTable, Tables } from "./schema.js";

export type RefundRow = Selectable<RefundsTable>;

/** What of the captured money is neither given back nor promised to be. Under the order's lock. */
export async function refundable(order: OpenOrder): Promise<number> {
  const { amounts, promised } = await order.trx
    .selectNoFrom([
      amountsColumn(sql.val(order.id)).as("amounts"),
      sql<number>`(select coalesce(sum(amount), 0) from refunds where order_id = ${order.id} and status <> 'failed')::bigint`.as(
        "promised",
      ),
    ])
    .executeTakeFirstOrThrow();
  return amounts.captured - promised;
}

interface NewRefund {
  id: string;
  amount: number;
  reason: string | null;
  fingerprint: { version: number; digest: Buffer } | null;
}

/** Stores a refund and leaves word for its run. The caller holds the order's lock and has checked the cap. */
export async function insertRefund(order: OpenOrder, refund: NewRefund): Promise<RefundRow | null> {
  const row = await order.trx
    .insertInto("refunds")
    .values({
      id: refund.id,
      order_id: order.id,
      tenant: order.row.tenant,
      amount: refund.amount,
      currency: order.row.currency,
      reason: refund.reason,
      provider_reference: null,
      fingerprint: refund.fingerprint?.digest ?? null,
      fingerprint_version: refund.fingerprint?.version ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!row) return null;
  await enqueue(order.trx, { tenant: row.tenant, workflow: "refund", subjectId: row.id, orderId: order.id }, null);
  return row;
}

/** A refund that Idem makes by itself, once for each cause, under the same cap as any other. Whether it was made. */
export async function requestOwnRefund(order: OpenOrder, cause: string, amount: number): Promise<boolean> {
  const capped = Math.min(amount, await refundable(order));
  if (capped <= 0) return false;
  const row = await insertRefund(order, {
    id: ownRefundId(order.id, cause),
    amount: capped,
    reason: null,
    fingerprint: null,
  });
  if (row) order.tell("refund.requested", "system", { refund: row.id, amount: capped, cause });
  return row !== null;
}

export async function findRefund(db: Kysely<Tables>, refundId: string): Promise<RefundRow | null> {
  return (await db.selectFrom("refunds").selectAll().where("id", "=", refundId).executeTakeFirst()) ?? null;
}

export async function listRefunds(db: Kysely<Tables>, orderId: string): Promise<RefundRow[]> {
  return db
    .selectFrom("refunds")
    .selectAll()
    .where("order_id", "=", orderId)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}

/**
 * What the provider says of a refund: its answer, an event or a look. Pending changes nothing yet; a refund that fails
 * after it had succeeded takes its money back in the ledger and calls a person.
 */
export async function recordRefund(order: OpenOrder, refund: RefundRow, news: ProviderRefund): Promise<void> {
  const step = stepOf.refund(refund.id);
  if (news.state === "pending") return update(order, refund.id, { provider_reference: news.reference });
  if (news.state === "failed") return recordRefundFailure(order, refund, news.reference);
  await decideStep(order.trx, order.id, step, { result: "done", reference: news.reference });
  // By the provider's own name: a refund that failed and was made anew is another movement of money.
  if (!(await post(order, `${step}/${news.reference}`, GIVE_BACK, refund.amount))) return;
  await update(order, refund.id, { status: "succeeded", provider_reference: news.reference });
  order.tell("refund.succeeded", "payment-provider", { refund: refund.id, amount: refund.amount });
  order.mail("refunded", refund.id);
}

async function recordRefundFailure(order: OpenOrder, refund: RefundRow, reference: string): Promise<void> {
  const { step, outcome } = (await findStep(order.trx, order.id, stepOf.refund(refund.id))) ?? {};
  if (step === undefined || outcome?.result === "refused" || outcome?.result === "skipped") return;
  if (outcome?.reference && outcome.reference !== reference) return; // an earlier round's refund, replaced by now
  if (outcome) {
    if (!(await post(order, `${step}/failed/${reference}`, RETURNED, refund.amount))) return;
    await overrideStep(order.trx, order.id, step, { result: "refused", reference: "failed_at_provider" });
    return refundNeedsPerson(order, refund, "failed_at_provider");
  }
  await recordRefundRefusal(order, refund, "failed_at_provider");
}

/** A refund that failed for good: a person decides whether to try again or settle it elsewhere. */
export async function recordRefundRefusal(order: OpenOrder, refund: RefundRow, reason: string): Promise<void> {
  const step = stepOf.refund(refund.id);
  if (!(await decideStep(order.trx, order.id, step, { result: "refused", reference: reason }))) return;
  await refundNeedsPerson(order, refund, reason);
}

async function refundNeedsPerson(order: OpenOrder, refund: RefundRow, reason: string): Promise<void> {
  await update(order, refund.id, { status: "needs_attention" });
  order.tell("refund.failed", "payment-provider", { refund: refund.id, reason });
  await order.raise(stepOf.refund(refund.id), "refund_refused", refund.amount);
}

/** Leaves word for a refund's run that its row changed by another hand. */
export async function tellRefundRun(order: OpenOrder, refundId: string, news: string): Promise<void> {
  const { tenant } = order.row;
  const subject = { tenant, workflow: "refund", subjectId: refundId, orderId: order.id } as const;
  await enqueue(order.trx, subject, { kind: "refund", id: `${refundId}/${news}` });
}

export async function setRefundStatus(order: OpenOrder, refundId: string, status: RefundRow["status"]): Promise<void> {
  await update(order, refundId, { status });
}

async function update(
  order: OpenOrder,
  refundId: string,
  changes: Partial<Pick<RefundRow, "status" | "provider_reference">>,
): Promise<void> {
  await order.trx
    .updateTable("refunds")
    .set({ ...changes, updated_at: sql<Date>`now()` })
    .where("id", "=", refundId)
    .execute();
}
