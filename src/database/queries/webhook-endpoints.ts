import type { TimelineType } from "../../domain/timeline.js";
import type { DisabledReason } from "../../domain/webhook-attempt.js";
import type { Session } from "../pool.js";
import { FEED_HORIZON } from "./feed-page.js";

/** An endpoint as its tenant sees it. */
export interface WebhookEndpoint {
  id: string;
  url: string;
  /** Null for every type. */
  types: TimelineType[] | null;
  createdAt: Date;
  disabledAt: Date | null;
  disabledReason: DisabledReason | null;
  /** Since when it accepts nothing; null while it does. */
  failingSince: Date | null;
}

type EndpointRow = WebhookEndpoint & Record<string, unknown>;

const COLUMNS = `id, url, types, created_at as "createdAt", disabled_at as "disabledAt",
  disabled_reason as "disabledReason", failing_since as "failingSince"`;

/** The smallest free one, of which the table allows so many. A new endpoint reads what is recorded from now on. */
const INSERT = `
  insert into webhook_endpoints (id, tenant, slot, url, types, secret, era, tx)
  select $1, $2, free.slot, $3, $4, $5, horizon.era, horizon.tx
  from (${FEED_HORIZON}) as horizon, (
    select slot from generate_series(1, $6) as slot
    where not exists (select from webhook_endpoints where tenant = $2 and webhook_endpoints.slot = slot.slot)
    order by slot limit 1
  ) as free
  on conflict (tenant, slot) do nothing
  returning ${COLUMNS}`;

export interface NewWebhookEndpoint {
  id: string;
  tenant: string;
  url: string;
  types: readonly TimelineType[] | null;
  secret: string;
}

/** Inserts an endpoint unless the tenant has `most`; null when it has, or when another took the place meanwhile. */
export async function insertEndpoint(
  session: Session,
  { id, tenant, url, types, secret }: NewWebhookEndpoint,
  most: number,
): Promise<WebhookEndpoint | null> {
  const [row] = await session.query<EndpointRow>(INSERT, [id, tenant, url, types, secret, most]);
  return row ?? null;
}

/** Those of a tenant, oldest first. */
export function listEndpoints(session: Session, tenant: string): Promise<WebhookEndpoint[]> {
  return session.query<EndpointRow>(
    `select ${COLUMNS} from webhook_endpoints where tenant = $1 and deleted_at is null order by created_at, id`,
    [tenant],
  );
}

export async function findEndpoint(session: Session, tenant: string, id: string): Promise<WebhookEndpoint | null> {
  const [row] = await session.query<EndpointRow>(
    `select ${COLUMNS} from webhook_endpoints where tenant = $1 and id = $2 and deleted_at is null`,
    [tenant, id],
  );
  return row ?? null;
}

/** Deletes it for its tenant; its deliveries and its row go with the next housekeeping. False when there is none. */
export async function deleteEndpoint(session: Session, tenant: string, id: string): Promise<boolean> {
  const deleted = await session.query(
    `update webhook_endpoints set deleted_at = now(), slot = null, secret = '', previous_secret = null
     where tenant = $1 and id = $2 and deleted_at is null returning id`,
    [tenant, id],
  );
  return deleted.length > 0;
}

/** How long the former secret signs beside the new one. */
const OVERLAP = "interval '24 hours'";

export async function rotateSecret(session: Session, id: string, secret: string): Promise<WebhookEndpoint | null> {
  const [row] = await session.query<EndpointRow>(
    `update webhook_endpoints set secret = $2, previous_secret = secret, previous_until = now() + ${OVERLAP}
     where id = $1 and deleted_at is null returning ${COLUMNS}`,
    [id, secret],
  );
  return row ?? null;
}

/** Starts over with the endpoint: what was put off is due now. */
const ENABLE = `
  with due as (
    update webhook_deliveries set next_attempt_at = now()
    where endpoint_id = $1 and status = 'pending' and next_attempt_at > now()
  )
  update webhook_endpoints set disabled_at = null, disabled_reason = null, enabled_at = now(), failures = 0,
    failing_since = null, retry_at = '-infinity'
  where id = $1 and deleted_at is null returning ${COLUMNS}`;

export async function enableEndpoint(session: Session, id: string): Promise<WebhookEndpoint | null> {
  const [row] = await session.query<EndpointRow>(ENABLE, [id]);
  return row ?? null;
}

/** Deletes the rows of endpoints that were deleted, once they have no delivery any more. */
export async function forgetDeletedEndpoints(session: Session): Promise<void> {
  await session.query(
    `delete from webhook_endpoints as endpoint where deleted_at < now() - interval '1 hour'
       and not exists (select from webhook_deliveries where endpoint_id = endpoint.id)`,
    [],
  );
}
