import type { Client, Connection } from "@temporalio/client";
import type { Readiness } from "../api/app-deps.js";
import type { Database } from "../database/database.js";
import { countWorkers } from "../database/queries/live-workers.js";
import { withTimeout } from "../temporal/with-timeout.js";
import { EFFECTS_QUEUE, TASK_QUEUE } from "../../workflows/names.js";

const PROBE_EVERY_MS = 2_000;
const PROBE_TIMEOUT_MS = 2_000;

/** Probes Temporal and the workers in the background, so that a readiness check waits for PostgreSQL alone. */
export function watchReadiness(database: Database, client: Client): { readiness(): Promise<Readiness>; stop(): void } {
  let temporal: Readiness["temporal"] = "down";
  let workers: Readiness["workers"] = "down";

  const probe = async (): Promise<void> => {
    const { workflowService } = client.connection as Connection;
    const answered = withTimeout(PROBE_TIMEOUT_MS, workflowService.getSystemInfo({}));
    temporal = await answered.then(
      () => "up" as const,
      () => "down" as const,
    );
    const counts = await countWorkers(database.db).catch(() => new Map<string, number>());
    workers = [TASK_QUEUE, EFFECTS_QUEUE].every((queue) => (counts.get(queue) ?? 0) > 0) ? "up" : "down";
  };
  void probe();
  const timer = setInterval(() => void probe(), PROBE_EVERY_MS);

  return {
    async readiness() {
      const postgres = withTimeout(PROBE_TIMEOUT_MS, database.session.query("select 1", []));
      const isUp = await postgres.then(
        () => true,
        () => false,
      );
      return { postgres: isUp ? "up" : "down", temporal, workers };
    },
    stop: () => clearInterval(timer),
  };
}
