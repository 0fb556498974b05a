import type { LastCalls } from "../providers/observe-calls.js";
import type { Database } from "../database/database.js";
import { forgetWorker, heartbeat, type WorkerRow } from "../database/queries/live-workers.js";

const EVERY_MS = 5_000;

/** Says every few seconds that this worker is alive and how the providers answer it, until it stops. */
export function startHeartbeat(
  { db }: Database,
  worker: WorkerRow,
  calls: Pick<LastCalls, "read">,
  onFailure: (error: unknown) => void,
): { stop(): Promise<void> } {
  const beat = () => void heartbeat(db, worker, calls.read()).catch(onFailure);
  beat();
  const timer = setInterval(beat, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await forgetWorker(db, worker.id).catch(onFailure); // after 20 s it counts as gone anyway
    },
  };
}
