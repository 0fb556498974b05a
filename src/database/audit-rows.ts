import { type Kysely, sql } from "kysely";
import type pg from "pg";
import type { ShipmentStatus } from "../domain/shipment.js";
import type { Status } from "../domain/status.js";
import { AMOUNTS, type Amounts } from "./ledger.js";
import type { Book } from "./pool.js";
import { stepOf } from "./operations.js";
import type { Tables } from "./schema.js";

/** An order as the audit weighs it. */
export interface AuditRow {
  id: string;
  status: Status;
  total: number;
  paymentReference: string | null;
  amounts: Amounts;
  /** `waived`: by a person's word no money is taken for it. */
  shipments: { id: string; status: ShipmentStatus; share: number; left: boolean; waived: boolean }[];
  /** Money given back because something went wrong, not because goods came back. */
  ownRefunds: number;
  /** Refunds that are still on their way. */
  openRefunds: number;
  /** Kinds of mail that went out more than once about the same thing. */
  doubleMails: string[];
}

/** Table by table and not order by order: of a long book each order would have a page of its own in every table. */
const AUDITED = sql`
  select orders.id, status, total, payment_reference as "paymentReference",
    coalesce(amounts, (select ${AMOUNTS} from ledger_entries where false)) as amounts,
    coalesce(shipments, '[]') as shipments,
    coalesce(own, 0)::bigint as "ownRefunds", coalesce(open, 0) as "openRefunds",
    coalesce(kinds, '[]') as "doubleMails"
  from orders
  left join (
    select order_id, ${AMOUNTS} as amounts from ledger_entries group by order_id
  ) as ledger on ledger.order_id = orders.id
  left join (
    select sent.order_id, jsonb_agg(jsonb_build_object('id', id, 'status', status, 'share', share,
      'left', shipped_at is not null, 'waived', capture.step is not null)) as shipments
    from shipments as sent left join steps as capture on capture.order_id = sent.order_id
      and capture.step = ${sql.lit(stepOf.capture(""))} || sent.id and capture.outcome->>'result' = 'skipped'
    group by sent.order_id
  ) as parcels on parcels.order_id = orders.id
  left join (
    select order_id, sum(amount) filter (where fingerprint is null and status = 'succeeded') as own,
      count(*) filter (where status in ('accepted', 'needs_attention')) as open
    from refunds group by order_id
  ) as given_back on given_back.order_id = orders.id
  left join (
    select order_id, jsonb_agg(kind) as kinds from (
      select order_id, data->>'kind' as kind from order_events
      where type = 'mail.sent' and data->>'kind' not in ('shipped', 'refunded')
      group by order_id, kind having count(*) > 1
    ) as twice group by order_id
  ) as mailed on mailed.order_id = orders.id
  where purged_at is null`;

/** Enough for any book: the connection's own limits are a request's. */
const READ_WITHIN_MS = 3_600_000;

/** Whole tables are sorted and joined, and all rows are wanted, not the first of them soon. */
const AT_LENGTH = `set local statement_timeout = ${READ_WITHIN_MS}; set local work_mem = '64MB';
  set local cursor_tuple_fraction = 1`;

/** All orders as they stand at one moment, some at a time; whoever takes them keeps a transaction open meanwhile. */
export async function* auditRows({ db, pool }: Book, atOnce: number): AsyncGenerator<AuditRow[]> {
  const fetch: pg.QueryConfig & { query_timeout: number } = {
    text: `fetch ${atOnce} from audited`,
    query_timeout: READ_WITHIN_MS,
  };
  const client = await pool.connect();
  try {
    await client.query(`begin; ${AT_LENGTH}; declare audited no scroll cursor for ${AUDITED.compile(db).sql}`);
    for (let size = atOnce; size === atOnce;) {
      const { rows } = await client.query<AuditRow>(fetch);
      yield rows;
      size = rows.length;
    }
    await client.query("commit");
  } finally {
    client.release(true); // with what a reader who left early has not taken
  }
}

/** When the first order of all tenants was accepted; from tenant to tenant, since only theirs are in order of time. */
export async function firstAcceptedAt(db: Kysely<Tables>): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`
    with recursive firsts as (
      (select tenant, created_at from orders order by tenant desc, created_at limit 1)
      union all
      select next.* from firsts, lateral (
        select tenant, created_at from orders where tenant < firsts.tenant order by tenant desc, created_at limit 1
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

/** Shelves whose reserved units are not the sum of what orders reserved. */
export async function stockFaults(db: Kysely<Tables>): Promise<StockFault[]> {
  const { rows } = await sql<StockFault>`
    select stock.sku, stock.warehouse, stock.reserved, coalesce(sum(reservations.quantity), 0)::bigint as promised
    from stock left join reservations using (tenant, sku, warehouse)
    group by stock.tenant, stock.sku, stock.warehouse, stock.reserved
    having stock.reserved <> coalesce(sum(reservations.quantity), 0)`.execute(db);
  return rows;
}

/** Reservations of orders that are over or of shipments that left: units nobody can have any more. */
export async function lostReservations(db: Kysely<Tables>): Promise<{ orderId: string; sku: string }[]> {
  return db
    .selectFrom("reservations")
    .innerJoin("orders", "orders.id", "reservations.order_id")
    .innerJoin("shipments", "shipments.id", "reservations.shipment_id")
    .select(["reservations.order_id as orderId", "reservations.sku"])
    .where((where) =>
      where.or([where("orders.closed_at", "is not", null), where("shipments.shipped_at", "is not", null)]),
    )
    .execute();
}
