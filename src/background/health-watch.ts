import type { Database } from "../database/database.js";
import { readHealth } from "../database/queries/read-health.js";
import type { Health } from "../domain/health.js";

/** With the heartbeats' 5 s, whatever happens is known within 15 s. */
const EVERY_MS = 3_000;

export interface HealthWatch {
  /** As it was read last; null while the order database does not answer. */
  current(): Health | null;
  stop(): Promise<void>;
}

/** Reads every few seconds how the service is. */
export function watchHealth({ db }: Database, onRead: (health: Health) => Promise<void>): HealthWatch {
  let health: Health | null = null;
  let reading = Promise.resolve();
  const read = async (): Promise<void> => {
    health = await readHealth(db).catch(() => null);
    if (health) await onRead(health);
  };
  const tick = (): void => {
    reading = reading.then(read);
  };
  tick();
  const timer = setInterval(tick, EVERY_MS);
  return {
    current: () => health,
    stop() {
      clearInterval(timer);
      return reading;
    },
  };
}
