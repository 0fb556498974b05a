import { type Kysely, sql } from "kysely";
import { createIndex } from "./create-index.js";

/** What callers ask for besides: one order for a reference, and stock that moves once for each key. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table orders add column if not exists unique_reference boolean not null default false`.execute(db);
  await createIndex(
    db,
    "orders_unique_reference",
    sql`orders (tenant, reference) where unique_reference and status not in ('cancelled', 'rejected')`,
    "unique index",
  );
  await sql`create table if not exists stock_movements (
    id text primary key,
    tenant text not null,
    sku text not null,
    warehouse text not null,
    delta bigint not null,
    reason text,
    fingerprint bytea not null,
    fingerprint_version smallint not null,
    on_hand bigint not null check (on_hand <= ${sql.lit(Number.MAX_SAFE_INTEGER)}),
    reserved bigint not null,
    created_at timestamptz(3) not null default now()
  )`.execute(db);
  await createIndex(db, "stock_movements_newest", sql`stock_movements (tenant, sku, created_at desc, id desc)`);
}
