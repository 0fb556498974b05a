import { type Kysely, type Selectable, sql } from "kysely";
import { enqueue } from "./outbox.js";
import type { Notice, ReconciliationsTable, Tables, WorkflowKind } from "./schema.js";

/** What a comparison found: an order (or a provider's object without one) and what is wrong or was set right. */
export interface Finding {
  kind:
    | "start_lost"
    | "run_lost"
    | "news_lost"
    | "mail_stuck"
    | "mail_unknown"
    | "payment_differs"
    | "payment_without_order";
  orderId: string | null;
  detail: string;
}

export interface Reconciliation {
  startedAt: string;
  finishedAt: string;
  checked: { orders: number; payments: number };
  /** The place in the book behind which the next comparison looks at open orders. */
  resumeAfter: number;
  findings: Finding[];
}

interface Suspect {
  id: string;
  tenant: string;
}

/** Young rows are still on their way by themselves. */
const SETTLED = sql<boolean>`orders.updated_at < now() - interval '30 seconds'`;

/** Accepted orders that no run serves and no word waits for. */
export async function ordersWithoutStart(db: Kysely<Tables>, limit: number): Promise<Suspect[]> {
  return db
    .selectFrom("orders")
    .select(["id", "tenant"])
    .where("closed_at", "is", null)
    .where("run_id", "is", null)
    .where(SETTLED)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("outbox").select("seq").whereRef("outbox.order_id", "=", "orders.id").where("notice", "is", null),
        ),
      ),
    )
    .orderBy("seq")
    .limit(limit)
    .execute();
}

/** Open orders behind a place in the book, whose runs are then asked about. */
export async function openOrders(
  db: Kysely<Tables>,
  after: number,
  limit: number,
): Promise<(Suspect & { seq: number })[]> {
  return db
    .selectFrom("orders")
    .select(["id", "tenant", "seq"])
    .where("closed_at", "is", null)
    .where("run_id", "is not", null)
    .where("seq", ">", after)
    .where(SETTLED)
    .orderBy("seq")
    .limit(limit)
    .execute();
}

/** Refunds that are to be made, or told of, and that no start waits for. Newest first; their runs are then asked about. */
export async function openRefunds(db: Kysely<Tables>, limit: number): Promise<(Suspect & { orderId: string })[]> {
  return db
    .selectFrom("refunds")
    .select(["id", "tenant", "order_id as orderId"])
    .where("updated_at", "<", sql<Date>`now() - interval '30 seconds'`)
    .where("id", "in", ({ selectFrom }) =>
      selectFrom("refunds as made")
        .select("made.id")
        .where("made.status", "=", "accepted")
        .union(
          selectFrom("mails").select("about as id").where("kind", "=", "refunded").where("mails.status", "=", "queued"),
        ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("outbox")
            .select("seq")
            .whereRef("outbox.subject_id", "=", "refunds.id")
            .where("notice", "is", null),
        ),
      ),
    )
    .orderBy("created_at", "desc")
    .limit(limit)
    .execute();
}

/** Events and commands that were stored, never applied, and that no word waits for. */
export async function lostNews(db: Kysely<Tables>, limit: number): Promise<(Suspect & { notice: Notice })[]> {
  const { rows } = await sql<Suspect & { notice: Notice }>`
    select orders.id, orders.tenant, lost.notice from (
      select order_id, jsonb_build_object('kind', 'event', 'id', provider || '/' || event_id) as notice
      from provider_events
      where applied_at is null and order_id is not null and fact->>'about' <> 'nothing'
        and received_at < now() - interval '60 seconds'
      union all
      select order_id, jsonb_build_object('kind', 'command', 'id', id) from commands
      where applied_at is null and created_at < now() - interval '60 seconds'
    ) as lost join orders on orders.id = lost.order_id
    where not exists (select from outbox where outbox.order_id = orders.id and outbox.notice = lost.notice)
      and not exists (select from outbox where outbox.order_id = orders.id and outbox.notice is null)
    limit ${limit}`.execute(db);
  return rows;
}

/** Mails of closed orders that wait although nobody seems to send them, and the day's that nobody can vouch for. */
export async function stuckMails(
  db: Kysely<Tables>,
  limit: number,
): Promise<(Suspect & { kind: string; status: string })[]> {
  return db
    .selectFrom("mails")
    .innerJoin("orders", "orders.id", "mails.order_id")
    .select(["orders.id", "orders.tenant", "mails.kind", "mails.status"])
    .where((where) =>
      where.or([
        where.and([
          where("mails.status", "=", "queued"),
          where("mails.created_at", "<", sql<Date>`now() - interval '10 minutes'`),
          where("orders.closed_at", "is not", null),
        ]),
        where.and([
          where("mails.status", "=", "unknown"),
          where("mails.created_at", ">", sql<Date>`now() - interval '1 day'`),
        ]),
      ]),
    )
    .orderBy("mails.created_at", "desc")
    .limit(limit)
    .execute();
}

/** Leaves word for an order's run once more. */
export async function leaveWord(db: Kysely<Tables>, { id, tenant }: Suspect, notice: Notice): Promise<void> {
  await enqueue(db, { tenant, workflow: "order", subjectId: id, orderId: id }, notice);
}

/** Leaves word for a start once more; one that waits already is not doubled. */
export async function leaveStart(
  db: Kysely<Tables>,
  of: Suspect & { workflow: WorkflowKind; orderId: string },
): Promise<void> {
  await db
    .insertInto("outbox")
    .values({ tenant: of.tenant, workflow: of.workflow, subject_id: of.id, order_id: of.orderId, notice: null })
    .onConflict((conflict) => conflict.columns(["workflow", "subject_id"]).where("notice", "is", null).doNothing())
    .execute();
}

export async function saveReconciliation(db: Kysely<Tables>, result: Reconciliation): Promise<void> {
  await db
    .insertInto("reconciliations")
    .values({ result: JSON.stringify(result) })
    .execute();
  await db
    .deleteFrom("reconciliations")
    .where("id", "<", sql<number>`(select max(id) - 100 from reconciliations)`)
    .execute();
}

export async function lastReconciliation(db: Kysely<Tables>): Promise<Selectable<ReconciliationsTable> | null> {
  return (await db.selectFrom("reconciliations").selectAll().orderBy("id", "desc").limit(1).executeTakeFirst()) ?? null;
}

/** Which of these orders are a tenant's. */
export async function ownedBy(db: Kysely<Tables>, tenant: string, orderIds: readonly string[]): Promise<Set<string>> {
  if (orderIds.length === 0) return new Set();
  const rows = await db
    .selectFrom("orders")
    .select("id")
    .where("tenant", "=", tenant)
    .where("id", "in", orderIds)
    .execute();
  return new Set(rows.map(({ id }) => id));
}
