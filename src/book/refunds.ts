import { type Kysely, type Selectable, sql } from "kysely";
import { ownRefundId } from "../idempotency/identity.js";
import type { ProviderRefund } from "../order/payment.js";
import { amountsOf, GIVE_BACK, post } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { enqueue } from "./outbox.js";
import { decideStep, stepOf } from "./steps.js";
import type { RefundsTable, Tables } from "./tables.js";

export type RefundRow = Selectable<RefundsTable>;

/** What of the captured money is neither given back nor promised to be. Under the order's lock. */
export async function refundable(order: OpenOrder): Promise<number> {
  const { captured } = await amountsOf(order.trx, order.id);
  const promised = await order.trx
    .selectFrom("refunds")
    .select(sql<number>`coalesce(sum(amount), 0)::bigint`.as("sum"))
    .where("order_id", "=", order.id)
    .where("status", "<>", "failed")
    .executeTakeFirstOrThrow();
  return captured - promised.sum;
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

/** A refund that Idem makes by itself, once for each cause, under the same cap as any other. */
export async function requestOwnRefund(order: OpenOrder, cause: string, amount: number): Promise<void> {
  const capped = Math.min(amount, await refundable(order));
  if (capped <= 0) return;
  const row = await insertRefund(order, { id: ownRefundId(order.id, cause), amount: capped, reason: null, fingerprint: null });
  if (row) order.tell("refund.requested", "system", { refund: row.id, amount: capped, cause });
}

export async function findRefund(db: Kysely<Tables>, refundId: string): Promise<RefundRow | null> {
  return (await db.selectFrom("refunds").selectAll().where("id", "=", refundId).executeTakeFirst()) ?? null;
}

export async function listRefunds(db: Kysely<Tables>, orderId: string): Promise<RefundRow[]> {
  return db.selectFrom("refunds").selectAll().where("order_id", "=", orderId).orderBy("created_at").orderBy("id").execute();
}

/** What the provider says of a refund; pending changes nothing yet. */
export async function recordRefund(order: OpenOrder, refund: RefundRow, news: ProviderRefund): Promise<void> {
  const step = stepOf.refund(refund.id);
  if (news.state === "pending") return update(order, refund.id, { provider_reference: news.reference });
  if (news.state === "failed") return recordRefundRefusal(order, refund, "failed_at_provider", news.reference);
  await decideStep(order.trx, order.id, step, { result: "done", reference: news.reference });
  if (!(await post(order.trx, order.id, step, GIVE_BACK, refund.amount))) return;
  await update(order, refund.id, { status: "succeeded", provider_reference: news.reference });
  order.tell("refund.succeeded", "payment-provider", { refund: refund.id, amount: refund.amount });
  await order.mail("refunded", refund.id);
}

/** A refund that failed for good: a person decides whether to try again or settle it elsewhere. */
export async function recordRefundRefusal(
  order: OpenOrder,
  refund: RefundRow,
  reason: string,
  reference: string | null = null,
): Promise<void> {
  const step = stepOf.refund(refund.id);
  if (!(await decideStep(order.trx, order.id, step, { result: "refused", reference: reason }))) return;
  await update(order, refund.id, { status: "needs_attention", provider_reference: reference });
  order.tell("refund.failed", "payment-provider", { refund: refund.id, reason });
  await order.raise(step, "refund_refused", refund.amount);
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
