import { type Kysely, sql } from "kysely";
import { createIndex } from "./create-index.js";

/** What the health figures are read from, without a walk over orders that owe nothing. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table workers add column if not exists provider_calls jsonb`.execute(db);
  await sql`create table if not exists alerts (
    channel text not null,
    name text not null,
    newest_at bigint not null,
    raised_at timestamptz(3) not null default now(),
    seen_at timestamptz(3) not null default now(),
    sent_at timestamptz(3) not null default now(),
    primary key (channel, name)
  )`.execute(db);
  await createIndex(
    db,
    "operations_undecided",
    sql`operations (first_attempt_at)
    where result is null and first_attempt_at is not null`,
  );
  await createIndex(db, "emails_undelivered", sql`emails (status) where status in ('refused', 'unknown')`);
  await createIndex(db, "orders_open_by_status", sql`orders (status) where closed_at is null`);
}
