import type { Readiness } from "../api/app-deps.js";
import type { HealthWatch } from "../background/health-watch.js";
import type { Database } from "../database/database.js";
import { unservedQueues } from "../domain/health.js";
import { withTimeout } from "../temporal/with-timeout.js";

const PROBE_TIMEOUT_MS = 2_000;

/** Whether this process can serve: it waits for PostgreSQL alone, and takes the rest as it was a moment ago. */
export async function readReadiness({ session }: Database, health: HealthWatch): Promise<Readiness> {
  const postgres = await withTimeout(PROBE_TIMEOUT_MS, session.query("select 1", [])).then(
    () => "up" as const,
    () => "down" as const,
  );
  const current = health.current();
  return {
    postgres,
    temporal: health.temporal() ? "up" : "down",
    workers: current && unservedQueues(current).length === 0 ? "up" : "down",
  };
}
