import type { Client } from "@temporalio/client";
import type { Database } from "../database/database.js";
import { readHealth } from "../database/queries/read-health.js";
import { type Health, liveBuilds, type TemporalHealth } from "../domain/health.js";
import { readTemporal } from "../temporal/read-temporal.js";
import { withTimeout } from "../temporal/with-timeout.js";

/** With the heartbeats' 5 s, whatever happens is known within 15 s. */
const EVERY_MS = 3_000;
const TEMPORAL_TIMEOUT_MS = 2_000;

export interface HealthWatch {
  /** As it was read last; null while the order database does not answer. */
  current(): Health | null;
  /** As it was read last; null while Temporal does not answer. */
  temporal(): TemporalHealth | null;
  stop(): Promise<void>;
}

/** Reads every few seconds how the service is. */
export function watchHealth({ db }: Database, client: Client, onRead: (health: Health) => Promise<void>): HealthWatch {
  let figures: Omit<Health, "temporal"> | null = null;
  let temporal: TemporalHealth | null = null;
  const current = (): Health | null => figures && { ...figures, temporal };
  const read = async (): Promise<void> => {
    figures = await readHealth(db).catch(() => null);
    const builds = liveBuilds(figures ?? { workers: [] });
    temporal = await withTimeout(TEMPORAL_TIMEOUT_MS, readTemporal(client, builds)).catch(() => null);
    const health = current();
    if (health) await onRead(health);
  };
  let reading = read();
  const timer = setInterval(() => (reading = reading.then(read)), EVERY_MS);
  return {
    current,
    temporal: () => temporal,
    stop() {
      clearInterval(timer);
      return reading;
    },
  };
}
