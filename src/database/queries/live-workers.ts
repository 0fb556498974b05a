import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema.js";

export interface WorkerRow {
  id: string;
  queues: string[];
  buildId: string | null;
  version: string;
}

/** A worker that was seen this long ago counts as alive. */
const ALIVE = sql`interval '20 seconds'`;
/** Rows of workers that died stay so long, for whoever asks when they were last seen. */
const KEPT = sql`interval '1 day'`;

/** Says that a worker is alive. */
export async function heartbeat(db: Kysely<Tables>, { id, queues, buildId, version }: WorkerRow): Promise<void> {
  await db
    .insertInto("workers")
    .values({ id, queues, build_id: buildId, version })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ last_seen_at: sql<Date>`now()` }))
    .execute();
  await db
    .deleteFrom("workers")
    .where("last_seen_at", "<", sql<Date>`now() - ${KEPT}`)
    .execute();
}

/** A worker that stops is alive no more. */
export async function forgetWorker(db: Kysely<Tables>, id: string): Promise<void> {
  await db.deleteFrom("workers").where("id", "=", id).execute();
}

/** How many live workers serve each queue. */
export async function countWorkers(db: Kysely<Tables>): Promise<Map<string, number>> {
  const { rows } = await sql<{ queue: string; workers: number }>`
    select queue, count(*) as workers from workers, unnest(queues) as queue
    where last_seen_at > now() - ${ALIVE} group by queue`.execute(db);
  return new Map(rows.map(({ queue, workers }) => [queue, workers]));
}
