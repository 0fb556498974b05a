import type { ShownStatus } from "../../domain/status.js";
import type { TimelineType } from "../../domain/timeline.js";
import type { Attempt, DeliveryStatus, EndpointVerdict } from "../../domain/webhook-attempt.js";
import { toJsonb } from "../jsonb.js";
import type { Session } from "../pool.js";
import { eventsAfter, FEED_START } from "./feed-page.js";

/** An endpoint that one worker serves until its lease ends. */
export interface LeasedEndpoint {
  id: string;
  url: string;
  /** The one that signs, and the former one for as long as it signs, too. */
  secrets: string[];
  failures: number;
  failingSince: Date | null;
  enabledAt: Date;
  /** Whether its pause is over. */
  isDue: boolean;
}

/** How long a worker begins attempts at an endpoint that it leased, in milliseconds. */
export const TURN_MS = 20_000;
/** Longer than a turn with the time-out of its last attempt. */
const LEASE = "interval '45 seconds'";

const HAS_EVENTS = `exists (
    select from order_events as event where event.tenant = reader.tenant
      and (event.era, event.tx, event.order_id, event.id) > (reader.era, reader.tx, reader.order_id, reader.event)
      and (event.tx < pg_snapshot_xmin(pg_current_snapshot()) or event.era < (select max(era) from event_marks))
  )`;

/** Deliveries that may be attempted: none that is behind another of its order that must wait. */
const dueOf = (endpointId: string) => `
  webhook_deliveries as delivery
  where endpoint_id = ${endpointId} and status = 'pending' and next_attempt_at <= now() and not exists (
    select from webhook_deliveries as earlier
    where earlier.order_id = delivery.order_id and earlier.endpoint_id = delivery.endpoint_id
      and earlier.seq < delivery.seq and earlier.status = 'pending' and earlier.next_attempt_at > now()
  )`;

const LEASED = `id, url, array_remove(array[secret, case when previous_until > now() then previous_secret end], null) as secrets,
    failures, failing_since as "failingSince", enabled_at as "enabledAt", retry_at <= now() as "isDue"`;

/** Those that were served longest ago first, so that none waits for the others forever. */
const LEASE_ENDPOINTS = `
  update webhook_endpoints set leased_until = now() + ${LEASE}, leased_by = $1
  where id in (
    select id from webhook_endpoints as reader
    where disabled_at is null and deleted_at is null and (leased_until < now() or leased_by = $1) and id <> all($3)
      and (${HAS_EVENTS} or (retry_at <= now() and exists (select from ${dueOf("reader.id")})))
    order by leased_until limit $2 for no key update skip locked
  )
  returning ${LEASED}`;

/**
 * Leases up to `limit` endpoints that have something to do, besides those that this worker serves. Those that others hold are
 * passed over; a lease of its own that ended in a failure is taken up again.
 */
export function leaseEndpoints(
  session: Session,
  worker: string,
  served: readonly string[],
  limit: number,
): Promise<LeasedEndpoint[]> {
  return session.query<LeasedEndpoint & Record<string, unknown>>(LEASE_ENDPOINTS, [worker, limit, served]);
}

/** Events that an endpoint gets deliveries for at once. */
const FAN_OUT = 500;

/** The endpoint's place moves with the deliveries or not at all; its row is locked, so it moves once. */
const FAN_OUT_EVENTS = `
  with locked as (
    select id, tenant, types, era, tx, order_id, event from webhook_endpoints
    where id = $1 and deleted_at is null for no key update
  ), reader as (
    select id, tenant, types, place.* from locked cross join lateral (
      select era, tx, order_id, event from (
        select locked.era, locked.tx, locked.order_id, locked.event union all (${FEED_START})
      ) as places order by era desc, tx desc, order_id desc, event desc limit 1
    ) as place
  ), found as (
    select reader.id as endpoint_id, reader.types, found.* from reader
    cross join lateral (${eventsAfter(String(FAN_OUT), { shownOnly: false })}) as found
  ), added as (
    insert into webhook_deliveries (endpoint_id, id, type, occurred_at, order_id, order_status, shipment_id, refund_id)
    select endpoint_id, id, type, occurred_at, order_id, order_status, shipment_id, refund_id from found
    where is_shown and (types is null or type = any(types))
    order by era, tx, order_id, number
    on conflict do nothing
  ), last as (
    select era, tx, order_id, event from (
      select era, tx, order_id, number as event from found
      union all select era, tx, order_id, event from reader
    ) as places order by era desc, tx desc, order_id desc, event desc limit 1
  ), moved as (
    update webhook_endpoints as endpoint set era = last.era, tx = last.tx, order_id = last.order_id, event = last.event
    from last
    where id = $1 and (endpoint.era, endpoint.tx, endpoint.order_id, endpoint.event) < (last.era, last.tx, last.order_id, last.event)
  )
  select count(*)::int as events from found`;

/** Adds the deliveries of what happened since the endpoint's last event; whether there may be more. */
export async function fanOut(session: Session, endpointId: string): Promise<boolean> {
  const [row] = await session.query<{ events: number }>(FAN_OUT_EVENTS, [endpointId]);
  return row?.events === FAN_OUT;
}

/** A delivery that may be attempted. */
export interface DueDelivery {
  id: string;
  type: TimelineType | "ping";
  occurredAt: Date;
  /** Null for a ping. */
  orderId: string | null;
  orderStatus: ShownStatus | null;
  shipmentId: string | null;
  refundId: string | null;
  attemptCount: number;
  firstAttemptAt: Date | null;
}

const READ_DUE = `
  select id, type, occurred_at as "occurredAt", order_id as "orderId", order_status as "orderStatus",
    shipment_id as "shipmentId", refund_id as "refundId", attempt_count as "attemptCount",
    first_attempt_at as "firstAttemptAt"
  from ${dueOf("$1")} order by seq limit $2`;

/** Deliveries of an endpoint that are due, those of one order in its order. */
export function readDue(session: Session, endpointId: string, limit: number): Promise<DueDelivery[]> {
  return session.query<DueDelivery & Record<string, unknown>>(READ_DUE, [endpointId, limit]);
}

export interface Lease {
  endpointId: string;
  worker: string;
}

/** What an attempt made of its delivery. */
export interface Delivered {
  id: string;
  attempt: Attempt;
  status: DeliveryStatus;
  pauseMs: number;
}

/** Attempts of a delivery that are kept. */
const ATTEMPTS_KEPT = 20;

const RECORD_BATCH = `
  with result as (
    select * from jsonb_to_recordset($3::jsonb) as (id text, attempt jsonb, status text, "pauseMs" bigint)
  ), attempted as (
    update webhook_deliveries as delivery set status = result.status, attempt_count = attempt_count + 1,
      attempts = case when attempt_count < ${ATTEMPTS_KEPT} then attempts else attempts - 0 end || result.attempt,
      first_attempt_at = coalesce(first_attempt_at, now()),
      next_attempt_at = now() + result."pauseMs" * interval '1 millisecond'
    from result where delivery.endpoint_id = $1 and delivery.id = result.id
  ), due as (
    update webhook_deliveries set next_attempt_at = now()
    where $9::boolean and endpoint_id = $1 and status = 'pending' and next_attempt_at > now()
      and id not in (select id from result)
  )
  update webhook_endpoints set failures = $4::integer, failing_since = to_timestamp($5::bigint / 1000.0),
    retry_at = case when $6::bigint > 0 then now() + $6::bigint * interval '1 millisecond' else '-infinity' end,
    disabled_at = coalesce(disabled_at, case when $7::text is not null then now() end),
    disabled_reason = coalesce(disabled_reason, $7::text),
    leased_until = case when $8::boolean then now() + ${LEASE} else now() end
  where id = $1 and leased_by = $2 and deleted_at is null
  returning ${LEASED}`;

/** Records a batch, and renews the lease or ends it. Null when the endpoint is not this worker's any more. */
export async function recordBatch(
  session: Session,
  { endpointId, worker }: Lease,
  results: readonly Delivered[],
  { failures, failingSince, pauseMs, disabled, recovered }: EndpointVerdict,
  goesOn: boolean,
): Promise<LeasedEndpoint | null> {
  const [row] = await session.query<LeasedEndpoint & Record<string, unknown>>(RECORD_BATCH, [
    endpointId,
    worker,
    toJsonb(results),
    failures,
    failingSince,
    pauseMs,
    disabled,
    goesOn,
    recovered,
  ]);
  return row ?? null;
}

/** Ends the lease of an endpoint that nothing was attempted at. */
export async function releaseEndpoint(session: Session, { endpointId, worker }: Lease): Promise<void> {
  const release = "update webhook_endpoints set leased_until = now() where id = $1 and leased_by = $2";
  await session.query(release, [endpointId, worker]);
}
