import { type Kysely, sql } from "kysely";

/** Which key a command came with, and how often an order's requests were repeated. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table commands add column if not exists key_id text`.execute(db);
  await sql`alter table attention_batches add column if not exists key_id text`.execute(db);
  await sql`create table if not exists order_repeats (
    order_id text primary key references orders,
    replayed integer not null,
    refused integer not null,
    last_at timestamptz(3) not null
  )`.execute(db);
}
