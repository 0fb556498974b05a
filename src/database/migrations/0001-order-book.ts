import { type Kysely, sql } from "kysely";
import { MAIL_KINDS } from "../../domain/email.js";
import { PAYMENT_STATUSES } from "../../domain/payment.js";
import { SHIPMENT_STATUSES } from "../../domain/shipment.js";

const STATUSES_THEN = [
  "accepted",
  "awaiting_payment",
  "awaiting_approval",
  "confirmed",
  "partially_shipped",
  "shipped",
  "cancelling",
  "completed",
  "cancelled",
  "rejected",
];

const oneOf = (column: string, values: readonly string[]) =>
  sql.raw(`check (${column} in (${values.map((value) => `'${value}'`).join(", ")}))`);

/** The order book as it was first kept. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table orders (
      id text primary key,
      seq bigint generated always as identity,
      tenant text not null,
      fingerprint bytea not null,
      fingerprint_version smallint not null,
      body bytea,
      body_version smallint not null,
      reference text,
      currency text not null,
      total bigint not null check (total >= 0),
      status text not null default 'accepted' ${oneOf("status", STATUSES_THEN)},
      failure_code text,
      payment_status text not null ${oneOf("payment_status", PAYMENT_STATUSES)},
      payment_reference text,
      payment_action_url text,
      capture_before timestamptz(3),
      multicapture boolean not null default false,
      policy jsonb not null,
      deadline timestamptz(3),
      run_id text,
      events integer not null default 0,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      closed_at timestamptz(3),
      purged_at timestamptz(3),
      check ((closed_at is not null) = (status in ('completed', 'cancelled', 'rejected'))),
      check ((body is null) = (purged_at is not null))
    )`,
    sql`create unique index orders_by_tenant on orders (tenant, seq desc)`,
    sql`create index orders_by_reference on orders (tenant, reference, seq desc) where reference is not null`,
    sql`create index orders_open on orders (status, seq) where closed_at is null`,
    sql`create index orders_to_purge on orders (closed_at) where closed_at is not null and purged_at is null`,
    sql`create table outbox (
      seq bigint generated always as identity primary key,
      tenant text not null,
      workflow text not null ${oneOf("workflow", ["order", "refund"])},
      subject_id text not null,
      order_id text not null references orders,
      notice jsonb,
      created_at timestamptz(3) not null default now(),
      leased_until timestamptz(3) not null default '-infinity',
      attempts integer not null default 0
    )`,
    sql`create index outbox_by_tenant on outbox (tenant, seq)`,
    sql`create unique index outbox_starts on outbox (workflow, subject_id) where notice is null`,
    sql`create table commands (
      id text primary key,
      order_id text not null references orders,
      operation text not null,
      fingerprint bytea not null,
      fingerprint_version smallint not null,
      body bytea not null,
      actor text not null,
      created_at timestamptz(3) not null default now(),
      applied_at timestamptz(3)
    )`,
    sql`create index commands_by_order on commands (order_id)`,
    sql`create table steps (
      order_id text not null references orders,
      step text not null,
      key text not null,
      params jsonb not null,
      round integer not null default 1,
      first_attempt_at timestamptz(3) not null default now(),
      outcome jsonb,
      decided_at timestamptz(3),
      primary key (order_id, step)
    )`,
    sql`create table order_events (
      order_id text not null references orders,
      id integer not null,
      type text not null,
      at timestamptz(3) not null default clock_timestamp(),
      actor text not null,
      data jsonb not null,
      primary key (order_id, id)
    )`,
    sql`create table shipments (
      id text primary key,
      order_id text not null references orders,
      warehouse text not null,
      position integer not null,
      status text not null default 'pending' ${oneOf("status", SHIPMENT_STATUSES)},
      lines jsonb not null,
      share bigint not null check (share >= 0),
      carrier text,
      tracking_number text,
      requested_at timestamptz(3),
      shipped_at timestamptz(3),
      delivered_at timestamptz(3),
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
    sql`create table reservations (
      shipment_id text not null references shipments,
      sku text not null,
      order_id text not null references orders,
      tenant text not null,
      warehouse text not null,
      quantity bigint not null check (quantity > 0),
      primary key (shipment_id, sku),
      foreign key (tenant, sku, warehouse) references stock
    )`,
    sql`create index reservations_by_order on reservations (order_id)`,
    sql`create table ledger_entries (
      order_id text not null references orders,
      step text not null,
      debit text not null ${oneOf("debit", ["buyer", "held", "taken"])},
      credit text not null ${oneOf("credit", ["buyer", "held", "taken"])},
      amount bigint not null check (amount > 0),
      at timestamptz(3) not null default now(),
      primary key (order_id, step),
      check (debit <> credit)
    )`,
    sql`create table refunds (
      id text primary key,
      order_id text not null references orders,
      tenant text not null,
      amount bigint not null check (amount > 0),
      currency text not null,
      reason text,
      status text not null default 'accepted' ${oneOf("status", ["accepted", "succeeded", "failed", "needs_attention"])},
      provider_reference text,
      fingerprint bytea,
      fingerprint_version smallint,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now()
    )`,
    sql`create index refunds_by_order on refunds (order_id, created_at)`,
    sql`create table mails (
      order_id text not null references orders,
      kind text not null ${oneOf("kind", MAIL_KINDS)},
      about text not null default '',
      status text not null default 'queued' ${oneOf("status", ["queued", "sent", "unknown", "refused"])},
      attempted_at timestamptz,
      repeated boolean not null default false,
      created_at timestamptz(3) not null default now(),
      sent_at timestamptz(3),
      primary key (order_id, kind, about)
    )`,
    sql`create table provider_events (
      provider text not null ${oneOf("provider", ["stripe", "fulfilment"])},
      event_id text not null,
      type text not null,
      order_id text references orders,
      fact jsonb not null,
      received_at timestamptz(3) not null default now(),
      applied_at timestamptz(3),
      primary key (provider, event_id)
    )`,
    sql`create index provider_events_by_order on provider_events (order_id)`,
    sql`create table attentions (
      seq bigint generated always as identity primary key,
      order_id text not null references orders,
      step text not null,
      cause text not null,
      amount bigint not null,
      since timestamptz(3) not null default now(),
      resolved_at timestamptz(3)
    )`,
    sql`create unique index attentions_open on attentions (order_id, step) where resolved_at is null`,
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
    sql`create index provider_events_open on provider_events (received_at) where applied_at is null`,
    sql`create index commands_open on commands (created_at) where applied_at is null`,
    sql`create index mails_open on mails (created_at) where status in ('queued', 'unknown')`,
  ];
  for (const statement of statements) await statement.execute(db);
}
