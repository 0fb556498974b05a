import type { AttentionCause, Resolution } from "../../domain/attention.js";
import type { ErrorCode } from "../../domain/problem-error.js";
import type { Session } from "../pool.js";

export interface NewBatch {
  id: string;
  tenant: string;
  /** Null for every cause. */
  cause: AttentionCause | null;
  action: Resolution;
  reason: string;
  /** The id of the key that it came with. */
  keyId: string | null;
}

export interface AttentionBatch extends NewBatch {
  createdAt: Date;
  pausedAt: Date | null;
  done: number;
  failed: number;
  pending: number;
  /** Those that failed, oldest attention first, at most {@link FAILURES_SHOWN}. */
  failures: { attentionId: string; orderId: string; problem: ErrorCode }[];
}

/** Attentions that one batch takes. */
const MOST_OF_BATCH = 10_000;
const FAILURES_SHOWN = 100;
/** Longer than the resolution of what was leased together. */
const LEASE = "interval '30 seconds'";

const BEGIN = `
  with batch as (
    insert into attention_batches (id, tenant, cause, action, reason, key_id) values ($1, $2, $3, $4, $5, $6) returning id
  )
  insert into attention_batch_items (batch_id, attention_id, order_id, position)
  select batch.id, open.id, open.order_id, row_number() over (order by open.since, open.id)
  from batch, (
    select id, order_id, since from attentions
    where tenant = $2 and resolved_at is null and resolution is null and ($3::text is null or cause = $3)
    order by since, id limit ${MOST_OF_BATCH}
  ) as open`;

/** A batch of the attentions that are open now and that no resolution was accepted for, oldest first. */
export async function beginBatch(session: Session, batch: NewBatch): Promise<void> {
  await session.query(BEGIN, [batch.id, batch.tenant, batch.cause, batch.action, batch.reason, batch.keyId]);
}

const FIND = `
  select id, tenant, cause, action, reason, key_id as "keyId", created_at as "createdAt", paused_at as "pausedAt", counted.*,
    (select coalesce(jsonb_agg(failure order by failure.position), '[]') from (
       select attention_id as "attentionId", order_id as "orderId", problem, position from attention_batch_items
       where batch_id = $1 and status = 'failed' order by position limit ${FAILURES_SHOWN}
     ) as failure) as failures
  from attention_batches, (
    select count(*) filter (where status = 'done')::int as done, count(*) filter (where status = 'failed')::int as failed,
      count(*) filter (where status = 'pending')::int as pending
    from attention_batch_items where batch_id = $1
  ) as counted
  where id = $1 and tenant = $2`;

/** A tenant's batch, as it is; null for one that it has not. */
export async function findBatch(session: Session, tenant: string, id: string): Promise<AttentionBatch | null> {
  const [found] = await session.query<AttentionBatch & Record<string, unknown>>(FIND, [id, tenant]);
  return found ?? null;
}

export interface BatchItem {
  attentionId: string;
  orderId: string;
  status: "pending" | "done" | "failed";
  /** Why it failed. */
  problem: ErrorCode | null;
  /** Its place in the batch, from 1 on. */
  position: number;
}

/** What a batch takes, oldest attention first, at most `limit` of those after a position. */
export function listBatchItems(session: Session, batchId: string, after: number, limit: number): Promise<BatchItem[]> {
  return session.query<BatchItem & Record<string, unknown>>(
    `select attention_id as "attentionId", order_id as "orderId", status, problem, position
     from attention_batch_items where batch_id = $1 and position > $2 order by position limit $3`,
    [batchId, after, limit],
  );
}

/** Pauses a batch or goes on with it; what was leased by then is still resolved. */
export async function pauseBatch(session: Session, tenant: string, id: string, isPaused: boolean): Promise<void> {
  await session.query(
    "update attention_batches set paused_at = case when $3 then coalesce(paused_at, now()) end where id = $1 and tenant = $2",
    [id, tenant, isPaused],
  );
}

export interface LeasedItem {
  batchId: string;
  tenant: string;
  attentionId: string;
  orderId: string;
  action: Resolution;
  reason: string;
  keyId: string | null;
}

const LEASE_ITEMS = `
  with due as (
    select item.batch_id, item.attention_id from attention_batch_items as item
      join attention_batches as batch on batch.id = item.batch_id and batch.paused_at is null
    where item.status = 'pending' and item.leased_until < now()
    order by item.leased_until, item.batch_id, item.position limit $1 for update of item skip locked
  )
  update attention_batch_items as item set leased_until = now() + ${LEASE}
  from due, attention_batches as batch
  where (item.batch_id, item.attention_id) = (due.batch_id, due.attention_id) and batch.id = item.batch_id
  returning item.batch_id as "batchId", item.attention_id as "attentionId", item.order_id as "orderId", batch.tenant,
    batch.action, batch.reason, batch.key_id as "keyId"`;

/** Up to `limit` attentions to resolve; others pass them over meanwhile. */
export function leaseItems(session: Session, limit: number): Promise<LeasedItem[]> {
  return session.query<LeasedItem & Record<string, unknown>>(LEASE_ITEMS, [limit]);
}

/** @param problem why it was refused; null when it was accepted. */
export async function recordItem(
  session: Session,
  { batchId, attentionId }: LeasedItem,
  problem: ErrorCode | null,
): Promise<void> {
  await session.query(
    "update attention_batch_items set status = $3, problem = $4 where batch_id = $1 and attention_id = $2",
    [batchId, attentionId, problem === null ? "done" : "failed", problem],
  );
}
