import { type Kysely, sql } from "kysely";
import type { ShipmentStatus } from "../../domain/shipment.js";
import { FIRST_POLL_MS } from "../save-order.js";
import type { Tables } from "../schema.js";

/** What may have changed at a provider without an event that says so. */
export type PollTarget = { orderId: string; lateMs: number } & (
  | { about: "shipment"; id: string; status: ShipmentStatus; overdue: boolean }
  | { about: "payment"; reference: string }
  | { about: "refund"; id: string; reference: string; since: Date }
);

const FIRST_POLL = `interval '${FIRST_POLL_MS} milliseconds'`;

/** The next poll comes after as long a time again as has passed, at most an hour. */
const nextAfter = (since: string) => `now() + least(greatest(now() - ${since}, ${FIRST_POLL}), interval '1 hour')`;

const LATE = sql.raw("(extract(epoch from now() - due.next_poll_at) * 1000)::float8");
const DELIVERY_DUE = "shipped_at + (policy ->> 'deliveryDeadlineMs')::bigint * interval '1 millisecond'";

/** A shipment that left is polled at its delivery deadline, too. */
const NEXT_OF_SHIPMENT = sql.raw(`least(${nextAfter("coalesce(shipped_at, requested_at)")},
  case when ${DELIVERY_DUE} > now() then ${DELIVERY_DUE} end)`);

/** Takes what is due, each for one poller, and sets the time of the next poll. */
export async function takeDuePolls(db: Kysely<Tables>, limit: number): Promise<PollTarget[]> {
  const { rows } = await sql<PollTarget>`
    with shipment as (
      update shipments set next_poll_at = ${NEXT_OF_SHIPMENT}
      from (
        select id, next_poll_at from shipments where next_poll_at <= now()
        order by next_poll_at limit ${limit} for update skip locked
      ) as due, orders
      where shipments.id = due.id and orders.id = shipments.order_id
      returning shipments.id, order_id, shipments.status, ${LATE} as late,
        coalesce(${sql.raw(DELIVERY_DUE)} <= now(), false) as overdue
    ), payment as (
      update orders set next_poll_at = ${sql.raw(nextAfter("updated_at"))}
      from (
        select id, next_poll_at from orders where next_poll_at <= now()
        order by next_poll_at limit ${limit} for update skip locked
      ) as due
      where orders.id = due.id
      returning orders.id, payment_reference, ${LATE} as late
    ), refund as (
      update refunds set next_poll_at = ${sql.raw(nextAfter("updated_at"))}
      from (
        select id, next_poll_at from refunds where next_poll_at <= now()
        order by next_poll_at limit ${limit} for update skip locked
      ) as due
      where refunds.id = due.id
      returning refunds.id, order_id, created_at, ${LATE} as late
    )
    select 'shipment' as about, order_id as "orderId", id, status, overdue, null::text as reference, null::timestamptz as since,
      late as "lateMs" from shipment
    union all
    select 'payment', id, null::text, null::text, null::boolean, payment_reference, null::timestamptz, late from payment where payment_reference is not null
    union all
    select 'refund', refund.order_id, refund.id, null::text, null::boolean, orders.payment_reference, refund.created_at, refund.late
    from refund join orders on orders.id = refund.order_id`.execute(db);
  return rows;
}

/** Where the time of the next poll stands. */
const TABLES = [
  ["shipment", "shipments"],
  ["payment", "orders"],
  ["refund", "refunds"],
] as const;

const idOf = (target: PollTarget): string => (target.about === "payment" ? target.orderId : target.id);

/** Has what a provider did not answer polled again within minutes, not all at once: by itself the next poll may be an hour away. */
export async function pollAgain(db: Kysely<Tables>, targets: readonly PollTarget[]): Promise<void> {
  const next_poll_at = sql<Date>`least(next_poll_at, now() + interval '4 minutes' + random() * interval '1 minute')`;
  for (const [about, table] of TABLES) {
    const ids = targets.filter((target) => target.about === about).map(idOf);
    if (ids.length === 0) continue;
    await db
      .updateTable(table)
      .set({ next_poll_at })
      .where("id", "in", ids)
      .where("next_poll_at", "is not", null)
      .execute();
  }
}

/** Has everything of an order that waits for a provider's event polled now: its last poll may have been of another time. */
export async function pollNow(db: Kysely<Tables>, orderId: string): Promise<void> {
  const next_poll_at = sql<Date>`now()`;
  await db
    .updateTable("orders")
    .set({ next_poll_at })
    .where("id", "=", orderId)
    .where("next_poll_at", "is not", null)
    .execute();
  for (const table of ["shipments", "refunds"] as const)
    await db
      .updateTable(table)
      .set({ next_poll_at })
      .where("order_id", "=", orderId)
      .where("next_poll_at", "is not", null)
      .execute();
}
