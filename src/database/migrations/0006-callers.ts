import { type Kysely, sql } from "kysely";
import { createIndex } from "./create-index.js";

/** What callers ask for besides: one order for a reference. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table orders add column if not exists unique_reference boolean not null default false`.execute(db);
  await createIndex(
    db,
    "orders_unique_reference",
    sql`orders (tenant, reference) where unique_reference and status not in ('cancelled', 'rejected')`,
    "unique index",
  );
}
