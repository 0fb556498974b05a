import { type Kysely, sql } from "kysely";
import type { ShipmentStatus } from "../domain/shipment.js";
import type { Tables } from "./schema.js";

/** How long after a request its outcome is first looked for: within 60 s with the watch's own pace (contract, E8). */
const FIRST_LOOK_S = 50;
export const FIRST_LOOK = `interval '${FIRST_LOOK_S} seconds'`;

export function firstLook(): Date {
  return new Date(Date.now() + FIRST_LOOK_S * 1_000);
}

/** What may have changed outside, and no event told. */
export type Look = { orderId: string; lateMs: number } & (
  | { about: "shipment"; id: string; status: ShipmentStatus }
  | { about: "payment"; reference: string }
);

/** A look comes after as long a time again as has passed, at most an hour. */
const nextAfter = (since: string) =>
  sql.raw(`now() + least(greatest(now() - ${since}, ${FIRST_LOOK}), interval '1 hour')`);

const LATE = sql.raw("(extract(epoch from now() - due.look_at) * 1000)::float8");

/** Takes what is due, each for one watch, and sets the time of the next look. */
export async function takeDueLooks(db: Kysely<Tables>, limit: number): Promise<Look[]> {
  const { rows } = await sql<Look>`
    with shipment as (
      update shipments set look_at = ${nextAfter("coalesce(shipped_at, requested_at)")}
      from (
        select id, look_at from shipments where status in ('requested', 'shipped') and look_at <= now()
        order by look_at limit ${limit} for update skip locked
      ) as due
      where shipments.id = due.id
      returning shipments.id, order_id, status, ${LATE} as late
    ), payment as (
      update orders set look_at = ${nextAfter("updated_at")}
      from (
        select id, look_at from orders where status = 'awaiting_payment' and look_at <= now()
        order by look_at limit ${limit} for update skip locked
      ) as due
      where orders.id = due.id
      returning orders.id, payment_reference, ${LATE} as late
    )
    select 'shipment' as about, order_id as "orderId", id, status, null as reference, late as "lateMs" from shipment
    union all
    select 'payment', id, null, null, payment_reference, late from payment where payment_reference is not null`.execute(
    db,
  );
  return rows;
}
