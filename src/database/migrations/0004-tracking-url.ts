import { type Kysely, sql } from "kysely";

/** Where the carrier shows a parcel. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table shipments add column if not exists tracking_url text`.execute(db);
}
