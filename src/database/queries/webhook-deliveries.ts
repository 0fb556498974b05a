import type { TimelineType } from "../../domain/timeline.js";
import type { Attempt, DeliveryStatus } from "../../domain/webhook-attempt.js";
import type { Session } from "../pool.js";
import type { Cursor } from "./list-orders.js";

/** A delivery as its tenant sees it. */
export interface WebhookDelivery {
  /** The event's id, or a ping's. */
  id: string;
  type: TimelineType | "ping";
  /** Null for a ping. */
  orderId: string | null;
  occurredAt: Date;
  status: DeliveryStatus;
  nextAttemptAt: Date;
  attemptCount: number;
  /** The last ones, oldest first. */
  attempts: Attempt[];
}

type DeliveryRow = WebhookDelivery & Record<string, unknown>;

const COLUMNS = `id, type, order_id as "orderId", occurred_at as "occurredAt", status, next_attempt_at as "nextAttemptAt",
  attempt_count as "attemptCount", attempts`;

/** Those of an endpoint, newest event first, at most `limit` of those after a cursor. */
export function listDeliveries(
  session: Session,
  endpointId: string,
  { status }: { status?: DeliveryStatus | undefined },
  limit: number,
  after: Cursor | null,
): Promise<WebhookDelivery[]> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = [`endpoint_id = ${bind(endpointId)}`];
  // Not bound: the index of what is not delivered is found by the text.
  if (status !== undefined) conditions.push(`status = '${status}'`);
  if (after) conditions.push(`(occurred_at, id) < (${bind(after.at)}, ${bind(after.id)})`);
  return session.query<DeliveryRow>(
    `select ${COLUMNS} from webhook_deliveries where ${conditions.join(" and ")}
     order by occurred_at desc, id desc limit ${bind(limit)}`,
    values,
  );
}

/** Whoever asks for a delivery wants to know now, so its endpoint is tried at once. */
const TRY_NOW = "update webhook_endpoints set retry_at = '-infinity' where id = $1 and retry_at > now()";

export async function insertPing(session: Session, endpointId: string, id: string): Promise<WebhookDelivery> {
  const [row] = await session.query<DeliveryRow>(
    `with tried as (${TRY_NOW})
     insert into webhook_deliveries (endpoint_id, id, type, occurred_at) values ($1, $2, 'ping', now())
     returning ${COLUMNS}`,
    [endpointId, id],
  );
  if (!row) throw new Error("an insert brings its row");
  return row;
}

const AGAIN = "status = 'pending', next_attempt_at = now(), first_attempt_at = null";

/** Has it delivered again under its id; null when the endpoint has no such delivery. */
export async function redeliverOne(session: Session, endpointId: string, id: string): Promise<WebhookDelivery | null> {
  const [row] = await session.query<DeliveryRow>(
    `with tried as (${TRY_NOW})
     update webhook_deliveries set ${AGAIN} where endpoint_id = $1 and id = $2 returning ${COLUMNS}`,
    [endpointId, id],
  );
  return row ?? null;
}

const REDELIVER_RANGE = `
  with tried as (${TRY_NOW}), found as (
    select id, occurred_at, row_number() over (order by occurred_at, id) as place from (
      select id, occurred_at from webhook_deliveries
      where endpoint_id = $1 and occurred_at >= $2 and occurred_at < coalesce($3::timestamptz, now())
      order by occurred_at, id limit $4 + 1
    ) as first
  ), again as (
    update webhook_deliveries set ${AGAIN} from found
    where endpoint_id = $1 and webhook_deliveries.id = found.id and place <= $4 returning 1
  )
  select (select count(*) from again)::int as deliveries, (select occurred_at from found where place > $4) as "nextFrom"`;

/** What a range came to: where more than `limit` fit, the rest begins at `nextFrom`. */
export interface RedeliveredRange {
  deliveries: number;
  nextFrom: Date | null;
}

/** Has the deliveries of events of a time delivered again, the oldest `limit` of them. */
export async function redeliverRange(
  session: Session,
  endpointId: string,
  { from, to }: { from: Date; to: Date | null },
  limit: number,
): Promise<RedeliveredRange> {
  const [row] = await session.query<RedeliveredRange & Record<string, unknown>>(REDELIVER_RANGE, [
    endpointId,
    from,
    to,
    limit,
  ]);
  if (!row) throw new Error("a select without a table brings one row");
  return row;
}

/** Deletes deliveries of endpoints that were deleted and of events that left the feed, at most `limit`; answers how many. */
export async function deleteOldDeliveries(session: Session, before: Date, limit: number): Promise<number> {
  const [row] = await session.query<{ deleted: number }>(
    `with old as (
       select mine.endpoint_id, mine.id from webhook_endpoints as endpoint cross join lateral (
         select endpoint_id, id from webhook_deliveries
         where endpoint_id = endpoint.id and (occurred_at < $1 or endpoint.deleted_at is not null)
         order by occurred_at, id limit $2
       ) as mine limit $2
     ), deleted as (
       delete from webhook_deliveries using old
       where (webhook_deliveries.endpoint_id, webhook_deliveries.id) = (old.endpoint_id, old.id) returning 1
     )
     select count(*)::int as deleted from deleted`,
    [before, limit],
  );
  return row?.deleted ?? 0;
}
