import { type Kysely, sql } from "kysely";
import type { ShipmentStatus } from "../order/shipment.js";
import type { Status } from "../order/status.js";
import { amountsColumn, type Amounts } from "./ledger.js";
import { stepOf } from "./steps.js";
import type { Tables } from "./tables.js";

/** An order as the audit weighs it. */
export interface AuditRow {
  id: string;
  status: Status;
  total: number;
  currency: string;
  paymentReference: string | null;
  createdAt: Date;
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

/** Orders by id, of those behind one. */
export async function auditRows(db: Kysely<Tables>, after: string, limit: number): Promise<AuditRow[]> {
  return db
    .selectFrom("orders")
    .select(({ ref }) => [
      "id",
      "status",
      "total",
      "currency",
      "payment_reference as paymentReference",
      "created_at as createdAt",
      amountsColumn(ref("orders.id")).as("amounts"),
      sql<AuditRow["shipments"]>`(select coalesce(jsonb_agg(jsonb_build_object(
          'id', id, 'status', status, 'share', share, 'left', shipped_at is not null, 'waived', exists (
            select from steps where steps.order_id = orders.id and step = ${stepOf.capture("")} || id and outcome->>'result' = 'skipped'
          ))), '[]')
        from shipments where order_id = orders.id)`.as("shipments"),
      sql<number>`(select coalesce(sum(amount), 0) from refunds
        where order_id = orders.id and fingerprint is null and status = 'succeeded')::bigint`.as("ownRefunds"),
      sql<number>`(select count(*) from refunds where order_id = orders.id and status in ('accepted', 'needs_attention'))`.as(
        "openRefunds",
      ),
      sql<string[]>`(select coalesce(jsonb_agg(kind), '[]') from (
          select data->>'kind' as kind from order_events
          where order_id = orders.id and type = 'mail.sent' and data->>'kind' not in ('shipped', 'refunded')
          group by 1 having count(*) > 1
        ) as twice)`.as("doubleMails"),
    ])
    .where("id", ">", after)
    .where("purged_at", "is", null)
    .orderBy("id")
    .limit(limit)
    .execute();
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
