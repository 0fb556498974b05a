import { type Kysely, sql } from "kysely";
import { createIndex } from "./create-index.js";

/**
 * Events that reach the shop. A default that is computed would have the table written anew, so the columns come first and
 * their defaults apply to the events that follow: the feed begins with this migration.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of EVENTS) await statement.execute(db);
  await createIndex(
    db,
    "order_events_feed",
    sql`order_events (tenant, era, tx, order_id, id) where tenant is not null`,
  );
  for (const statement of WEBHOOKS) await statement.execute(db);
}

const EVENTS = [
  sql`alter table order_events add column if not exists tenant text, add column if not exists status text,
    add column if not exists tx xid8, add column if not exists era smallint`,
  sql`alter table order_events alter column tx set default pg_current_xact_id(), alter column era set default 1`,
  // The build before names no tenant.
  sql`create or replace function fill_event_tenant() returns trigger language plpgsql as $$
    begin
      select tenant into new.tenant from orders where id = new.order_id;
      return new;
    end $$`,
  sql`create or replace trigger order_events_tenant before insert on order_events for each row
    when (new.tenant is null) execute function fill_event_tenant()`,
  sql`create table if not exists event_marks (
    era smallint not null,
    tx xid8 not null,
    at timestamptz(3) not null default now(),
    server text not null,
    primary key (era, tx)
  )`,
];

const WEBHOOKS = [
  sql`create table if not exists webhook_endpoints (
    id text primary key,
    tenant text not null,
    slot smallint check (slot between 1 and 10),
    url text not null,
    types text[],
    secret text not null,
    previous_secret text,
    previous_until timestamptz(3),
    created_at timestamptz(3) not null default now(),
    enabled_at timestamptz(3) not null default now(),
    disabled_at timestamptz(3),
    disabled_reason text,
    deleted_at timestamptz(3),
    era smallint not null,
    tx xid8 not null,
    order_id text not null default '',
    event integer not null default 0,
    failures integer not null default 0,
    failing_since timestamptz(3),
    retry_at timestamptz(3) not null default '-infinity',
    leased_until timestamptz(3) not null default '-infinity',
    leased_by text,
    constraint webhook_endpoints_disabled check ((disabled_at is null) = (disabled_reason is null)),
    constraint webhook_endpoints_deleted check ((slot is null) = (deleted_at is not null)),
    unique (tenant, slot)
  )`,
  sql`create table if not exists webhook_deliveries (
    endpoint_id text not null references webhook_endpoints,
    id text not null,
    seq bigint generated always as identity,
    type text not null,
    occurred_at timestamptz(3) not null,
    order_id text,
    status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
    order_status text,
    shipment_id text,
    refund_id text,
    next_attempt_at timestamptz(3) not null default now(),
    first_attempt_at timestamptz(3),
    attempt_count integer not null default 0,
    attempts jsonb not null default '[]',
    created_at timestamptz(3) not null default now(),
    primary key (endpoint_id, id)
  )`,
  sql`create index if not exists webhook_deliveries_pending on webhook_deliveries (endpoint_id, seq) where status = 'pending'`,
  sql`create index if not exists webhook_deliveries_newest on webhook_deliveries (endpoint_id, occurred_at desc, id desc)`,
  sql`create index if not exists webhook_deliveries_undelivered on webhook_deliveries (endpoint_id, occurred_at desc, id desc)
    where status <> 'delivered'`,
  sql`create index if not exists webhook_deliveries_by_order on webhook_deliveries (order_id, endpoint_id, seq)`,
  sql`create table if not exists answered_requests (
    id text primary key,
    fingerprint bytea not null,
    fingerprint_version smallint not null,
    answer text not null,
    created_at timestamptz(3) not null default now()
  )`,
];
