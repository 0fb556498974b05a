import type { Client, Connection } from "@temporalio/client";
import type { Readiness } from "../api/app-deps.js";
import type { Database } from "../database/database.js";
import type { HealthWatch } from "../background/health-watch.js";
import { unservedQueues } from "../domain/health.js";
import { withTimeout } from "../temporal/with-timeout.js";

const PROBE_EVERY_MS = 2_000;
const PROBE_TIMEOUT_MS = 2_000;

/** Probes Temporal in the background, so that a readiness check waits for PostgreSQL alone. */
export function watchReadiness(
  database: Database,
  client: Client,
  health: Pick<HealthWatch, "current">,
): { readiness(): Promise<Readiness>; stop(): void } {
  let temporal: Readiness["temporal"] = "down";

  const probe = async (): Promise<void> => {
    const { workflowService } = client.connection as Connection;
    const answered = withTimeout(PROBE_TIMEOUT_MS, workflowService.getSystemInfo({}));
    temporal = await answered.then(
      () => "up" as const,
      () => "down" as const,
    );
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
      const current = health.current();
      const workers = current && unservedQueues(current).length === 0 ? "up" : "down";
      return { postgres: isUp ? "up" : "down", temporal, workers };
    },
    stop: () => clearInterval(timer),
  };
}
