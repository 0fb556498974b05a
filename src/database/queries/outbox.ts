import { type Kysely, type Selectable, sql } from "kysely";
import type { OutboxTable, Tables, WorkflowKind } from "../schema.js";

export type OutboxRow = Selectable<OutboxTable>;

/** How long a dispatcher keeps a row to itself; after that another may take it. */
const LEASE = sql`interval '6 seconds'`;

/**
 * Leases up to `limit` rows that are at least `minAgeMs` old, oldest first within a tenant and in turn between tenants,
 * so that one tenant's burst does not make the others wait. Rows that others hold are passed over.
 */
export async function leaseOutbox(db: Kysely<Tables>, limit: number, minAgeMs: number): Promise<OutboxRow[]> {
  const { rows } = await sql<OutboxRow>`
    with recursive tenants as (
      (select tenant from outbox order by tenant limit 1)
      union all
      select (select tenant from outbox where tenant > tenants.tenant order by tenant limit 1)
      from tenants where tenants.tenant is not null
    ), due as (
      select mine.seq, row_number() over (partition by mine.tenant order by mine.seq) as turn
      from tenants cross join lateral (
        select seq, tenant from outbox
        where outbox.tenant = tenants.tenant and leased_until < now()
          and created_at <= now() - make_interval(secs => ${minAgeMs / 1000})
        order by seq limit ${limit}
      ) as mine
      where tenants.tenant is not null -- the recursion's last row, for which every row would be read
    ), free as (
      select seq from outbox
      where seq in (select seq from due order by turn, seq limit ${limit}) and leased_until < now()
      for update skip locked
    )
    update outbox set leased_until = now() + ${LEASE}, attempts = attempts + 1
    where seq in (select seq from free) returning *`.execute(db);
  return rows.sort((one, other) => one.seq - other.seq);
}

export async function deleteDelivered(db: Kysely<Tables>, seqs: readonly number[]): Promise<void> {
  await sql`delete from outbox where seq = any(${seqs}::bigint[])`.execute(db);
}

/** Whether a run's start is still to be delivered: its signals wait for it. */
export async function awaitsStart(db: Kysely<Tables>, workflow: WorkflowKind, subjectId: string): Promise<boolean> {
  const start = await db
    .selectFrom("outbox")
    .select("seq")
    .where("workflow", "=", workflow)
    .where("subject_id", "=", subjectId)
    .where("signal", "is", null)
    .executeTakeFirst();
  return start !== undefined;
}

export async function countOutbox(db: Kysely<Tables>): Promise<number> {
  const { rows } = await db
    .selectFrom("outbox")
    .select(sql<number>`count(*)`.as("rows"))
    .executeTakeFirstOrThrow();
  return rows;
}

interface Subject {
  tenant: string;
  workflow: WorkflowKind;
  subjectId: string;
  orderId: string;
}

/** Leaves the start of a run; one that waits already is not doubled. */
export async function enqueueStart(
  db: Kysely<Tables>,
  { tenant, workflow, subjectId, orderId }: Subject,
): Promise<void> {
  await db
    .insertInto("outbox")
    .values({ tenant, workflow, subject_id: subjectId, order_id: orderId, signal: null })
    .onConflict((conflict) => conflict.columns(["workflow", "subject_id"]).where("signal", "is", null).doNothing())
    .execute();
}

/** Leaves a signal that makes a run load its order. */
export async function enqueueSignal(
  db: Kysely<Tables>,
  { tenant, workflow, subjectId, orderId }: Subject,
  signal: { name: "reconciled"; number: number | null },
): Promise<void> {
  await db
    .insertInto("outbox")
    .values({ tenant, workflow, subject_id: subjectId, order_id: orderId, signal: JSON.stringify(signal) })
    .execute();
}
