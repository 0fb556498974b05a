import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema.js";

/** Deletes provider events of no order of ours that came before a time, at most `limit`; answers how many. */
export async function deleteUnknownEvents(db: Kysely<Tables>, receivedBefore: Date, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from provider_events where (provider, event_id) in (
      select provider, event_id from provider_events
      where order_id is null and received_at < ${receivedBefore}
      order by received_at limit ${limit}
      for update skip locked
    )`.execute(db);
  return Number(numAffectedRows);
}
