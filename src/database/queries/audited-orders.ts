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
  const { session, end } = await beginLongRead(database);
  try {
    const tenants = await session.query<{ tenant: string }>(TENANTS, []);
    for (const { tenant } of tenants) yield* pagesOf(session, tenant, pageSize);
  } finally {
    end();
  }
}

/** A session that sees one moment, however long it reads. Whoever begins it ends it. */
async function beginLongRead({ connect }: Pick<Database, "connect">): Promise<{ session: Session; end(): void }> {
  const client = await connect();
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
  const end = () => client.release(true); // the open transaction goes with the connection
  try {
    await client.query(
      `begin isolation level repeatable read read only; set local statement_timeout = ${READ_WITHIN_MS}`,
    );
  } catch (error) {
    end();
    throw error;
  }
  return { session, end };
}

async function readLong<Row extends QueryResultRow>(database: Pick<Database, "connect">, text: string): Promise<Row[]> {
  const { session, end } = await beginLongRead(database);
  try {
    return await session.query<Row>(text, []);
  } finally {
    end();
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
export function stockFaults(database: Pick<Database, "connect">): Promise<StockFault[]> {
  return readLong(
    database,
    `with promised as (
      select orders.tenant, line.sku, shipments.warehouse, sum(line.quantity)::bigint as quantity
      from shipments join orders on orders.id = shipments.order_id,
        jsonb_to_recordset(shipments.lines) as line (sku text, quantity bigint)
      where shipments.status in ('pending', 'requested')
      group by orders.tenant, line.sku, shipments.warehouse
    )
    select stock.sku, stock.warehouse, stock.reserved, coalesce(promised.quantity, 0) as promised
    from stock left join promised using (tenant, sku, warehouse)
    where stock.reserved <> coalesce(promised.quantity, 0)`,
  );
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
export function doubleEmails(database: Pick<Database, "connect">): Promise<{ orderId: string; kind: string }[]> {
  return readLong(
    database,
    `select order_id as "orderId", data ->> 'kind' as kind from order_events where type = 'email.sent'
    group by order_id, data ->> 'kind', data ->> 'about' having count(*) > 1`,
  );
}
