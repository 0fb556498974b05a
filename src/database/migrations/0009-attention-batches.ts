import { type Kysely, sql } from "kysely";
import { createIndex } from "./create-index.js";

/** One resolution of many attentions. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table if not exists attention_batches (
    id text primary key,
    tenant text not null,
    cause text,
    action text not null,
    reason text not null,
    created_at timestamptz(3) not null default now(),
    paused_at timestamptz(3)
  )`.execute(db);
  await sql`create table if not exists attention_batch_items (
    batch_id text not null references attention_batches,
    attention_id text not null,
    order_id text not null,
    position integer not null,
    status text not null default 'pending' check (status in ('pending', 'done', 'failed')),
    problem text,
    leased_until timestamptz(3) not null default '-infinity',
    primary key (batch_id, attention_id),
    constraint attention_batch_items_failed check ((problem is not null) = (status = 'failed'))
  )`.execute(db);
  await createIndex(
    db,
    "attention_batch_items_pending",
    sql`attention_batch_items (leased_until, batch_id, position) where status = 'pending'`,
  );
}
