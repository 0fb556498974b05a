import { FEED_DAYS, type FeedEvent } from "../../domain/feed-event.js";
import type { Session } from "../pool.js";

/** A place in the feed: that of an event, or before every event of a transaction (`orderId` empty). */
export interface FeedPlace {
  era: number;
  /** An xid8. */
  tx: string;
  orderId: string;
  event: number;
}

export interface PlacedEvent extends FeedEvent {
  place: FeedPlace;
}

interface FeedRow extends Omit<PlacedEvent, "place"> {
  era: number;
  tx: string;
  event: number;
  [column: string]: unknown;
}

/** An id of ours, or null: a provider may have called something otherwise. */
const idOf = (member: string, prefix: string) =>
  `substring(event.data ->> '${member}' from '^${prefix}_[a-z2-7]{32}$')`;

/** Of a purged order, and of longer ago than the feed goes back, nothing is shown. */
const IS_SHOWN = `(orders.purged_at is null and event.occurred_at >= now() - interval '${FEED_DAYS} days')`;

/**
 * Events of `reader.tenant` after the place of `reader`, in order, with whether they are shown. Those of transactions that may
 * still have a neighbour under way are left for later: nothing ever appears behind what was read.
 */
export const eventsAfter = (limit: string, { shownOnly }: { shownOnly: boolean }) => `
  select event.era, event.tx, event.order_id, event.id as number, event.type, event.occurred_at,
    coalesce(event.status, orders.status) as order_status, ${idOf("shipment", "shp")} as shipment_id,
    ${idOf("refund", "ref")} as refund_id, ${IS_SHOWN} as is_shown,
    'evt_' || substr(event.order_id, 5) || '_' || event.era || '_' || event.id as id
  from order_events as event join orders on orders.id = event.order_id
  where event.tenant = reader.tenant ${shownOnly ? `and ${IS_SHOWN}` : ""}
    and (event.era, event.tx, event.order_id, event.id) > (reader.era, reader.tx, reader.order_id, reader.event)
    and (event.tx < pg_snapshot_xmin(pg_current_snapshot()) or event.era < (select max(era) from event_marks))
  order by event.era, event.tx, event.order_id, event.id limit ${limit}`;

/** Where the feed begins: everything before is older than it shows. */
export const FEED_START = `
  select era, tx, ''::text as order_id, 0 as event from event_marks
  where at <= now() - interval '${FEED_DAYS} days' order by era desc, tx desc limit 1`;

const READ_FEED = `
  with reader as (
    select $1::text as tenant, era, tx, order_id, event from (
      select $2::smallint as era, $3::xid8 as tx, $4::text as order_id, $5::integer as event
      union all (${FEED_START})
    ) as places order by era desc, tx desc, order_id desc, event desc limit 1
  )
  select found.id, type, occurred_at as "occurredAt", order_id as "orderId", order_status as status,
    shipment_id as "shipmentId", refund_id as "refundId", era, tx::text as tx, number as event
  from (select found.* from reader cross join lateral (${eventsAfter("$6", { shownOnly: true })}) as found) as found
  order by found.era, found.tx, found.order_id, found.number`;

const BEGINNING: FeedPlace = { era: 0, tx: "0", orderId: "", event: 0 };

/** A tenant's events after a place, oldest first. */
export async function readFeedAfter(
  session: Session,
  tenant: string,
  after: FeedPlace | null,
  limit: number,
): Promise<PlacedEvent[]> {
  const { era, tx, orderId, event } = after ?? BEGINNING;
  const rows = await session.query<FeedRow>(READ_FEED, [tenant, era, tx, orderId, event, limit]);
  return rows.map(({ era: of, tx: by, event: number, ...shown }) => ({
    ...shown,
    place: { era: of, tx: by, orderId: shown.orderId, event: number },
  }));
}

/** Before this place there is nothing to come any more. */
export const FEED_HORIZON = `
  select max(era) as era, pg_snapshot_xmin(pg_current_snapshot()) as tx from event_marks`;

export async function readHorizon(session: Session): Promise<FeedPlace> {
  const [row] = await session.query<{ era: number; tx: string }>(
    `select era, tx::text as tx from (${FEED_HORIZON}) as horizon`,
    [],
  );
  if (!row) throw new Error("an aggregate brings one row");
  return { ...row, orderId: "", event: 0 };
}

/** The place of the newest event of each tenant that may be read. */
export async function readHeads(session: Session, tenants: readonly string[]): Promise<Map<string, string>> {
  const rows = await session.query<{ tenant: string; head: string }>(READ_HEADS, [tenants]);
  return new Map(rows.map(({ tenant, head }) => [tenant, head]));
}

const READ_HEADS = `
  select tenant, head from unnest($1::text[]) as watched (tenant) cross join lateral (
    select era || ':' || tx || ':' || order_id || ':' || id as head from order_events as event
    where event.tenant = watched.tenant
      and (event.tx < pg_snapshot_xmin(pg_current_snapshot()) or event.era < (select max(era) from event_marks))
    order by era desc, tx desc, order_id desc, id desc limit 1
  ) as newest`;
