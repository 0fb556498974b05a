import { type Kysely, sql } from "kysely";
import { createIndex } from "./create-index.js";

/** Reconciliation asks for accepted orders that no run owns: a handful, among however many are open. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createIndex(db, "orders_without_run", sql`orders (created_at, id) where closed_at is null and run_id is null`);
}
