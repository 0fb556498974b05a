import type { Client } from "@temporalio/client";
import type { Database } from "../database/database.js";
import { readHealth } from "../database/queries/read-health.js";
import { nullIfUnavailable } from "../domain/problem-error.js";
import { type Health, liveBuilds, type TemporalHealth } from "../domain/health.js";
import { readTemporalHealth } from "../temporal/read-temporal-health.js";
import { withTimeout } from "../temporal/with-timeout.js";
import { repeat } from "./repeat.js";

/** With the heartbeats' 5 s, whatever happens is known within 15 s. */
const EVERY_MS = 3_000;
/** While the order database does not answer. */
const AWAY_PAUSE_MS = 500;
const TEMPORAL_TIMEOUT_MS = 2_000;

export interface HealthWatch {
  /** As it was read last; null while the order database does not answer. */
  current(): Health | null;
  /** As it was read last; null while Temporal does not answer. */
  temporal(): TemporalHealth | null;
  stop(): Promise<void>;
}

interface HealthWatchDeps {
  database: Database;
  client: Client;
  /** Called with each reading, unless it still does something about the one before. */
  onRead(health: Health): Promise<void>;
  onFailure(error: unknown): void;
}

/** Reads every few seconds how the service is. */
export function watchHealth({ database: { db }, client, onRead, onFailure }: HealthWatchDeps): HealthWatch {
  let figures: Omit<Health, "temporal"> | null = null;
  let temporal: TemporalHealth | null = null;
  let reacting: Promise<void> | null = null;
  const current = (): Health | null => figures && { ...figures, temporal };

  const reading = repeat({
    async round() {
      figures = await readHealth(db)
        .catch(nullIfUnavailable)
        .catch((error: unknown) => {
          onFailure(error);
          return null;
        });
      const builds = liveBuilds(figures ?? { workers: [] });
      temporal = await withTimeout(TEMPORAL_TIMEOUT_MS, readTemporalHealth(client, builds)).catch(() => null);
      const health = current();
      if (health)
        reacting ??= onRead(health)
          .catch(onFailure)
          .finally(() => (reacting = null));
      return figures ? EVERY_MS : AWAY_PAUSE_MS;
    },
    pauseMs: EVERY_MS,
    onFailure,
  });
  return {
    current,
    temporal: () => temporal,
    async stop() {
      await reading.stop();
      await reacting;
    },
  };
}
