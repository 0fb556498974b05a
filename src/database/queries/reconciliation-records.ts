import { type Kysely, type Selectable, sql } from "kysely";
import type { ReconciliationsTable, Tables } from "../schema.js";

/** What a comparison found: an order (or a provider's object without one) and what differs or was set right. */
export interface Finding {
  kind:
    | "start_lost"
    | "run_lost"
    | "step_lost"
    | "stuck"
    | "fact_lost"
    | "email_stuck"
    | "payment_differs"
    | "refund_differs"
    | "payment_without_order"
    | "shipment_without_order"
    | "run_without_order";
  orderId: string | null;
  detail: string;
  /** Of what has no order: the money at stake, and the tenant whose it is, where the provider's payment says so. */
  atStake?: { amount: number; currency: string; tenantTag: string };
}

export interface Checked {
  orders: number;
  payments: number;
  refunds: number;
}

export interface Reconciliation {
  startedAt: string;
  finishedAt: string;
  checked: Checked;
  /** Of each tenant's; absent from what a build before 0.3.0 recorded. */
  checkedByTenant?: Record<string, Checked>;
  /** The open order after which the next comparison goes on; null for the first one. */
  resumeAfter: { at: string; id: string } | null;
  /** Whether every list was read to its end, and no finding left out; absent from what a build before 0.4.0 recorded. */
  complete?: boolean;
  findings: Finding[];
}

export interface OrderRef {
  id: string;
  tenant: string;
}

/** Orders that changed more recently may still be processed. */
const NOT_CHANGED_RECENTLY = sql<boolean>`orders.updated_at < now() - interval '30 seconds'`;

/** Accepted orders that no run owns and no start waits for. */
export async function ordersWithoutStart(db: Kysely<Tables>, limit: number): Promise<OrderRef[]> {
  return db
    .selectFrom("orders")
    .select(["id", "tenant"])
    .where("closed_at", "is", null)
    .where("run_id", "is", null)
    .where(NOT_CHANGED_RECENTLY)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("outbox").select("seq").whereRef("outbox.order_id", "=", "orders.id").where("signal", "is", null),
        ),
      ),
    )
    .orderBy("created_at")
    .orderBy("id")
    .limit(limit)
    .execute();
}

export interface OpenOrderRef extends OrderRef {
  createdAt: Date;
}

/** Open orders after a place in the list of all of them, whose runs are then asked about. */
export async function openOrders(
  db: Kysely<Tables>,
  after: { at: Date; id: string } | null,
  limit: number,
): Promise<OpenOrderRef[]> {
  let query = db
    .selectFrom("orders")
    .select(["id", "tenant", "created_at as createdAt"])
    .where("closed_at", "is", null)
    .where("run_id", "is not", null)
    .where(NOT_CHANGED_RECENTLY);
  if (after) query = query.where(sql<boolean>`(created_at, id) > (${after.at}, ${after.id})`);
  return query.orderBy("created_at").orderBy("id").limit(limit).execute();
}

/** Refunds that are to be made, or whose customer is to be notified, and that no start waits for. Newest first. */
export async function unfinishedRefunds(
  db: Kysely<Tables>,
  limit: number,
): Promise<(OrderRef & { orderId: string })[]> {
  return db
    .selectFrom("refunds")
    .select(["id", "tenant", "order_id as orderId"])
    .where("updated_at", "<", sql<Date>`now() - interval '30 seconds'`)
    .where("id", "in", ({ selectFrom }) =>
      selectFrom("refunds as unfinished")
        .select("unfinished.id")
        .where("unfinished.status", "=", "accepted")
        .union(
          selectFrom("emails")
            .select("about as id")
            .where("kind", "=", "refunded")
            .where("emails.status", "=", "queued"),
        ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("outbox").select("seq").whereRef("outbox.subject_id", "=", "refunds.id"))),
    )
    .orderBy("created_at", "desc")
    .limit(limit)
    .execute();
}

/** Orders with facts that were stored, never applied, and that no outbox row brings. */
export async function ordersWithLostFacts(db: Kysely<Tables>, limit: number): Promise<OrderRef[]> {
  const { rows } = await sql<OrderRef>`
    select orders.id, orders.tenant from orders
    where id in (
        select order_id from provider_events
        where applied_at is null and number is not null and received_at < now() - interval '60 seconds'
        union
        select order_id from commands
        where applied_at is null and number is not null and created_at < now() - interval '60 seconds'
      )
      and not exists (select from outbox where outbox.order_id = orders.id)
    limit ${limit}`.execute(db);
  return rows;
}

/** Emails of closed orders that are overdue although a run should send them. */
export async function stuckEmails(db: Kysely<Tables>, limit: number): Promise<(OrderRef & { kind: string })[]> {
  return db
    .selectFrom("emails")
    .innerJoin("orders", "orders.id", "emails.order_id")
    .select(["orders.id", "orders.tenant", "emails.kind"])
    .where("emails.status", "=", "queued")
    .where("emails.kind", "<>", "refunded")
    .where("emails.next_attempt_at", "<", sql<Date>`now() - interval '2 minutes'`)
    .where("orders.closed_at", "is not", null)
    .orderBy("emails.next_attempt_at")
    .limit(limit)
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

/** Every warehouse that any tenant has stock in. */
export async function warehouses(db: Kysely<Tables>): Promise<string[]> {
  const rows = await db.selectFrom("stock").select("warehouse").distinct().execute();
  return rows.map(({ warehouse }) => warehouse);
}
