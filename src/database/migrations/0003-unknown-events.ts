import { type Kysely, sql } from "kysely";
import { createIndex } from "./create-index.js";

/** What a purge finds the provider events of no order of ours by. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createIndex(db, "provider_events_without_order", sql`provider_events (received_at) where order_id is null`);
}
