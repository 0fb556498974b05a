import type { Kysely } from "kysely";
import type { Order } from "../../domain/order.js";
import { ORDER_COLUMNS, type OrderRow, toLoaded } from "../load-order.js";
import type { Session } from "../pool.js";
import type { OutboxSignal, Tables, WorkflowKind } from "../schema.js";

/** A leased row of the outbox, with its order as it is at that moment. */
export interface OutboxRow {
  seq: number;
  workflow: WorkflowKind;
  subjectId: string;
  orderId: string;
  /** Null starts the run. */
  signal: OutboxSignal | null;
  attempts: number;
  order: Order;
}

/** How long a dispatcher keeps a row to itself; after that another may take it. */
const LEASE = "interval '6 seconds'";

/** Oldest first within a tenant and in turn between tenants, so that one tenant's burst does not make the others wait. */
const LEASE_ROWS = `
  with recursive tenants as (
    (select tenant from outbox order by tenant limit 1)
    union all
    select (select tenant from outbox where tenant > tenants.tenant order by tenant limit 1)
    from tenants where tenants.tenant is not null
  ), due as (
    select mine.seq, row_number() over (partition by mine.tenant order by mine.seq) as turn
    from tenants cross join lateral (
      select seq, tenant from outbox
      where outbox.tenant = tenants.tenant and leased_until < now() and seq <> all($3::bigint[])
        and created_at <= now() - make_interval(secs => $2)
      order by seq limit $1
    ) as mine
    where tenants.tenant is not null -- the recursion's last row, for which every row would be read
  ), free as (
    select seq from outbox
    where seq in (select seq from due order by turn, seq limit $1) and leased_until < now()
    for update skip locked
  ), leased as (
    update outbox set leased_until = now() + ${LEASE}, attempts = attempts + 1
    where seq in (select seq from free)
    returning seq, workflow, subject_id, order_id, signal, attempts
  ), delivered as (
    delete from outbox where seq = any($3::bigint[])
  )
  select seq, workflow, subject_id as "subjectId", order_id as "orderId", signal, attempts, ${ORDER_COLUMNS}
  from leased join orders on orders.id = order_id order by seq`;

/**
 * Leases up to `limit` rows that are at least `minAgeMs` old, and deletes those that were delivered. Rows that others
 * hold are passed over.
 */
export async function leaseOutbox(
  session: Session,
  limit: number,
  minAgeMs: number,
  delivered: readonly number[] = [],
): Promise<OutboxRow[]> {
  const rows = await session.query<Omit<OutboxRow, "order"> & OrderRow>(LEASE_ROWS, [
    limit,
    minAgeMs / 1000,
    delivered,
  ]);
  return rows.map(({ seq, workflow, subjectId, orderId, signal, attempts, ...order }) => ({
    ...{ seq, workflow, subjectId, orderId, signal, attempts },
    order: toLoaded(order).order,
  }));
}

export async function deleteDelivered(session: Session, seqs: readonly number[]): Promise<void> {
  await session.query("delete from outbox where seq = any($1::bigint[])", [seqs]);
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
