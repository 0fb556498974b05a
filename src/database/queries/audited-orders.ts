import { type Kysely, sql } from "kysely";
import type { QueryConfig, QueryResultRow } from "pg";
import type { Order } from "../../domain/order.js";
import { loadOrders } from "../load-order.js";
import type { Database } from "../database.js";
import type { Session } from "../pool.js";
import type { Tables } from "../schema.js";

/** Enough for any database: a request's own limits do not apply. */
const READ_WITHIN_MS = 3_600_000;

/** Tenant by tenant, since an index has a tenant's orders in order of time. */
const TENANTS = `
  with recursive tenants as (
    (select tenant from orders where purged_at is null order by tenant limit 1)
    union all
    select (select tenant from orders where purged_at is null and tenant > tenants.tenant order by tenant limit 1)
    from tenants where tenants.tenant is not null
  )
  select tenant from tenants where tenant is not null`;
const PAGE = `where tenant = $1 and purged_at is null and (created_at, id) > ($2, $3) order by created_at, id limit $4`;

/** All orders that were not purged, as they are at one moment, `pageSize` at a time. */
export async function* auditedOrders(database: Pick<Database, "connect">, pageSize: number): AsyncGenerator<Order[]> {
  const client = await database.connect();
  const session: Session = {
    async query<Row extends QueryResultRow>(text: string, values: readonly unknown[]) {
      const query: QueryConfig & { query_timeout: number } = {
        text,
        values: [...values],
        query_timeout: READ_WITHIN_MS,
      };
      return (await client.query<Row>(query)).rows;
    },
  };
  try {
    await client.query(
      `begin isolation level repeatable read read only; set local statement_timeout = ${READ_WITHIN_MS}`,
    );
    const tenants = await session.query<{ tenant: string }>(TENANTS, []);
    for (const { tenant } of tenants) yield* pagesOf(session, tenant, pageSize);
    await client.query("commit");
  } finally {
    client.release(true); // a reader who leaves early leaves the transaction open
  }
}

async function* pagesOf(session: Session, tenant: string, pageSize: number): AsyncGenerator<Order[]> {
  let after: [at: Date, id: string] = [new Date(0), ""];
  for (let size = pageSize; size === pageSize;) {
    const page = await loadOrders(session, PAGE, [tenant, ...after, pageSize]);
    if (page.length > 0) yield page.map(({ order }) => order);
    size = page.length;
    const last = page.at(-1);
    if (last) after = [last.createdAt, last.order.id];
  }
}

/** When the first order of all tenants was accepted; from tenant to tenant, since only theirs are in order of time. */
export async function firstAcceptedAt(db: Kysely<Tables>): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`
    with recursive firsts as (
      (select tenant, created_at from orders where purged_at is null order by tenant desc, created_at limit 1)
      union all
      select next.* from firsts, lateral (
        select tenant, created_at from orders
        where purged_at is null and tenant < firsts.tenant order by tenant desc, created_at limit 1
      ) as next
    )
    select min(created_at) as at from firsts`.execute(db);
  return rows[0]?.at ?? null;
}

export interface StockFault {
  sku: string;
  warehouse: string;
  reserved: number;
  promised: number;
}

/** Stock whose reserved units are not the sum of what shipments that may still leave have reserved. */
export async function stockFaults(db: Kysely<Tables>): Promise<StockFault[]> {
  const { rows } = await sql<StockFault>`
    with promised as (
      select orders.tenant, line.sku, shipments.warehouse, sum(line.quantity)::bigint as quantity
      from shipments join orders on orders.id = shipments.order_id,
        jsonb_to_recordset(shipments.lines) as line (sku text, quantity bigint)
      where shipments.status in ('pending', 'requested')
      group by orders.tenant, line.sku, shipments.warehouse
    )
    select stock.sku, stock.warehouse, stock.reserved, coalesce(promised.quantity, 0) as promised
    from stock left join promised using (tenant, sku, warehouse)
    where stock.reserved <> coalesce(promised.quantity, 0)`.execute(db);
  return rows;
}

/** Orders that are in the database, of these, purged ones included. */
export async function knownOrders(db: Kysely<Tables>, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom("orders")
    .select("id")
    .where("id", "in", [...ids])
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Emails that went out more than once about the same thing. */
export async function doubleEmails(db: Kysely<Tables>): Promise<{ orderId: string; kind: string }[]> {
  const { rows } = await sql<{ orderId: string; kind: string }>`
    select order_id as "orderId", data ->> 'kind' as kind from order_events where type = 'email.sent'
    group by order_id, data ->> 'kind', data ->> 'about' having count(*) > 1`.execute(db);
  return rows;
}
