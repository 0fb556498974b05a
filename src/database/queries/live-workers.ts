import { type Kysely, sql } from "kysely";
import type { Provider, ProviderCalls } from "../../domain/health.js";
import type { Tables } from "../schema.js";

export interface WorkerRow {
  id: string;
  queues: string[];
  buildId: string | null;
  version: string;
}

/** Rows of workers that died stay so long, for whoever asks when they were last seen. */
const KEPT = sql`interval '1 day'`;

/** Says that a worker is alive, and how the providers answer it. */
export async function heartbeat(
  db: Kysely<Tables>,
  { id, queues, buildId, version }: WorkerRow,
  calls: Partial<Record<Provider, ProviderCalls>>,
): Promise<void> {
  const provider_calls = JSON.stringify(calls);
  await db
    .insertInto("workers")
    .values({ id, queues, build_id: buildId, version, provider_calls })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ last_seen_at: sql<Date>`now()`, provider_calls }))
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
