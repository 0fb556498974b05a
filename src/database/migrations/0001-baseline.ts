import { type Kysely, sql } from "kysely";
import { EMAIL_KINDS, EMAIL_STATUSES } from "../../domain/email.js";
import { FACT_SOURCES } from "../../domain/fact.js";
import { ACCOUNTS } from "../../domain/ledger.js";
import { PAYMENT_STATUSES } from "../../domain/payment.js";
import { REFUND_STATUSES } from "../../domain/refund.js";
import { SHIPMENT_STATUSES } from "../../domain/shipment.js";
import { STATUSES } from "../../domain/status.js";

const RESULTS = ["done", "declined", "refused", "mismatch", "skipped", "waived"];

const oneOf = (column: string, values: readonly string[]) =>
  sql.raw(`check (${column} in (${values.map((value) => `'${value}'`).join(", ")}))`);

/** The order database of release 0.2.0. From here on a migration only expands what the release before it can read. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...TABLES, ...INDEXES]) await statement.execute(db);
}

const TABLES = [
  sql`create table orders (
    id text primary key,
    tenant text not null,
    version integer not null default 1,
    fingerprint bytea not null,
    fingerprint_version smallint not null,
    request_body bytea,
    body_version smallint not null,
    reference text,
    currency text not null,
    total bigint not null check (total >= 0),
    status text not null default 'accepted' ${oneOf("status", STATUSES)},
    failure_code text,
    failure_reason jsonb,
    payment_status text not null ${oneOf("payment_status", PAYMENT_STATUSES)},
    payment_reference text,
    payment_action_url text,
    payment_received bigint not null default 0,
    capture_before timestamptz(3),
    multicapture boolean,
    policy jsonb not null,
    deadline timestamptz(3),
    run_id text,
    event_count integer not null default 1,
    fact_count integer not null default 0,
    captured_amount bigint not null default 0,
    refunds_promised bigint not null default 0,
    next_poll_at timestamptz(3),
    created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now(),
    closed_at timestamptz(3),
    purged_at timestamptz(3),
    constraint orders_closed check ((closed_at is not null) = (status in ('completed', 'cancelled', 'rejected'))),
    constraint orders_purged check ((request_body is null) = (purged_at is not null)),
    constraint orders_refunds_covered check (refunds_promised <= captured_amount)
  )`,
  sql`create table outbox (
    seq bigint generated always as identity primary key,
    tenant text not null,
    workflow text not null ${oneOf("workflow", ["order", "refund"])},
    subject_id text not null,
    order_id text not null references orders,
    signal jsonb,
    created_at timestamptz(3) not null default now(),
    leased_until timestamptz(3) not null default '-infinity',
    attempts integer not null default 0
  )`,
  sql`create table commands (
    id text primary key,
    order_id text not null references orders,
    number integer,
    operation text not null,
    fingerprint bytea not null,
    fingerprint_version smallint not null,
    body jsonb not null,
    attention_id text,
    actor text not null,
    created_at timestamptz(3) not null default now(),
    applied_at timestamptz(3)
  )`,
  sql`create table operations (
    order_id text not null references orders,
    name text not null,
    position integer not null,
    key text not null,
    round integer not null,
    amount bigint,
    final boolean,
    first_attempt_at timestamptz(3),
    result text ${oneOf("result", RESULTS)},
    reference text,
    failure_code text,
    decline_code text,
    message text,
    provider_request_id text,
    decided_at timestamptz(3),
    primary key (order_id, name)
  )`,
  sql`create table order_events (
    order_id text not null references orders,
    id integer not null,
    type text not null,
    occurred_at timestamptz(3) not null default clock_timestamp(),
    actor text not null,
    data jsonb not null,
    primary key (order_id, id)
  )`,
  sql`create table shipments (
    id text primary key,
    order_id text not null references orders,
    warehouse text not null,
    position integer not null,
    status text not null ${oneOf("status", SHIPMENT_STATUSES)},
    lines jsonb not null,
    share bigint not null check (share >= 0),
    carrier text,
    tracking_number text,
    requested_at timestamptz(3),
    shipped_at timestamptz(3),
    delivered_at timestamptz(3),
    late_report text ${oneOf("late_report", ["shipped", "delivered", "failed"])},
    next_poll_at timestamptz(3),
    unique (order_id, position)
  )`,
  sql`create table stock (
    tenant text not null,
    sku text not null,
    warehouse text not null,
    on_hand bigint not null check (on_hand >= 0),
    reserved bigint not null default 0 check (reserved >= 0),
    primary key (tenant, sku, warehouse),
    constraint stock_covers_reserved check (reserved <= on_hand)
  )`,
  sql`create table ledger_entries (
    order_id text not null references orders,
    name text not null,
    position integer not null,
    debit text not null ${oneOf("debit", ACCOUNTS)},
    credit text not null ${oneOf("credit", ACCOUNTS)},
    amount bigint not null check (amount > 0),
    posted_at timestamptz(3) not null,
    primary key (order_id, name),
    check (debit <> credit)
  )`,
  sql`create table refunds (
    id text primary key,
    order_id text not null references orders,
    tenant text not null,
    position integer not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    reason text,
    status text not null ${oneOf("status", REFUND_STATUSES)},
    pending boolean not null default false,
    provider_reference text,
    fingerprint bytea,
    fingerprint_version smallint,
    next_poll_at timestamptz(3),
    created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now()
  )`,
  sql`create table emails (
    order_id text not null references orders,
    kind text not null ${oneOf("kind", EMAIL_KINDS)},
    about text not null,
    position integer not null,
    status text not null ${oneOf("status", EMAIL_STATUSES)},
    sending boolean not null default false,
    unknown_sends integer not null default 0,
    first_attempt_at timestamptz(3) not null,
    next_attempt_at timestamptz(3) not null,
    created_at timestamptz(3) not null default now(),
    sent_at timestamptz(3),
    primary key (order_id, kind, about)
  )`,
  sql`create table provider_events (
    provider text not null ${oneOf("provider", FACT_SOURCES)},
    event_id text not null,
    type text not null,
    order_id text references orders,
    number integer,
    fact jsonb,
    received_at timestamptz(3) not null default now(),
    applied_at timestamptz(3),
    primary key (provider, event_id)
  )`,
  sql`create table attentions (
    id text primary key,
    order_id text not null references orders,
    tenant text not null,
    position integer not null,
    step text not null,
    cause text not null,
    amount bigint not null,
    since timestamptz(3) not null,
    reason jsonb,
    resolution jsonb,
    acknowledged_at timestamptz(3),
    resolved_at timestamptz(3)
  )`,
  sql`create table api_keys (
    hash bytea primary key,
    tenant text not null,
    role text not null ${oneOf("role", ["merchant", "operator"])},
    created_at timestamptz(3) not null default now(),
    revoked_at timestamptz(3)
  )`,
  sql`create table reconciliations (
    id bigint generated always as identity primary key,
    result jsonb not null
  )`,
  sql`create table workers (
    id text primary key,
    queues text[] not null,
    build_id text,
    version text not null,
    started_at timestamptz(3) not null default now(),
    last_seen_at timestamptz(3) not null default now()
  )`,
];

/** Lists are read newest first and never show a purged order, so no index of theirs holds one. */
const INDEXES = [
  sql`create index orders_newest on orders (tenant, created_at desc, id desc) where purged_at is null`,
  sql`create index orders_newest_of_reference on orders (tenant, reference, created_at desc, id desc)
    where purged_at is null and reference is not null`,
  sql`create index orders_newest_of_status on orders (tenant, status, created_at desc, id desc)
    where purged_at is null`,
  sql`create index orders_open on orders (created_at, id) where closed_at is null`,
  sql`create index orders_to_purge on orders (closed_at) where closed_at is not null and purged_at is null`,
  sql`create index orders_to_poll on orders (next_poll_at) where next_poll_at is not null`,
  sql`create index outbox_by_tenant on outbox (tenant, seq)`,
  sql`create index outbox_by_order on outbox (order_id)`,
  sql`create unique index outbox_starts on outbox (workflow, subject_id) where signal is null`,
  sql`create index commands_unapplied on commands (order_id, number) where applied_at is null`,
  sql`create index shipments_to_poll on shipments (next_poll_at) where next_poll_at is not null`,
  sql`create index refunds_by_order on refunds (order_id, created_at)`,
  sql`create index refunds_unfinished on refunds (created_at) where status = 'accepted'`,
  sql`create index refunds_to_poll on refunds (next_poll_at) where next_poll_at is not null`,
  sql`create index emails_queued on emails (next_attempt_at) where status = 'queued'`,
  sql`create index provider_events_unapplied on provider_events (order_id, number) where applied_at is null`,
  sql`create index provider_events_by_order on provider_events (order_id)`,
  sql`create index attentions_by_order on attentions (order_id)`,
  sql`create unique index attentions_open on attentions (order_id, step) where resolved_at is null`,
  sql`create index attentions_open_by_tenant on attentions (tenant, since, id) where resolved_at is null`,
];
