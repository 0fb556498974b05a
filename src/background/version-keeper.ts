import type { Client } from "@temporalio/client";
import { liveBuilds, supersedes } from "../domain/health.js";
import { makeCurrent, removeVersion } from "../temporal/worker-versions.js";
import type { HealthWatch } from "./health-watch.js";
import { repeat, type Repeated } from "./repeat.js";

interface VersionDeps {
  client: Client;
  health: HealthWatch;
  buildId: string;
  /** Whether runs are to begin on this build, unless a newer one has live workers. */
  makesCurrent: boolean;
  onCurrent(): void;
  /** Called once for each newer build that runs begin on. */
  onSuperseded(by: string): void;
  /** Called every minute while runs begin on another build and never began on this one. */
  onIdle(): void;
  onFailure(error: unknown): void;
}

/** Until Temporal has met a worker of this build. */
const UNKNOWN_PAUSE_MS = 1_000;
const EVERY_MS = 5_000;
const IDLE_EVERY_MS = 60_000;

/** Maintains the versions of the Worker Deployment for a worker with a build id. */
export function keepVersion({ client, health, buildId, makesCurrent, ...deps }: VersionDeps): Repeated {
  let begunOn: string | null = null;
  let nextIdleAt = Date.now() + IDLE_EVERY_MS;

  const note = (current: string): void => {
    if (current === begunOn) return;
    begunOn = current;
    if (current === buildId) deps.onCurrent();
    else if (makesCurrent) deps.onSuperseded(current);
  };

  return repeat({
    async round() {
      const now = health.current();
      if (!now?.temporal?.versions.some((one) => one.buildId === buildId)) return UNKNOWN_PAUSE_MS;
      const { versions } = now.temporal;
      const live = liveBuilds(now);
      if (makesCurrent && supersedes(buildId, versions, live)) {
        if (await makeCurrent(client, buildId)) note(buildId);
        return EVERY_MS;
      }
      const current = versions.find(({ state }) => state === "current");
      if (current) note(current.buildId);
      const isIdle = versions.some((one) => one.buildId === buildId && one.state === "inactive");
      if (isIdle && Date.now() >= nextIdleAt) {
        nextIdleAt = Date.now() + IDLE_EVERY_MS;
        deps.onIdle();
      }
      const unused = versions.filter((one) => one.state === "drained" && !live.has(one.buildId));
      for (const one of unused) await removeVersion(client, one.buildId);
      return EVERY_MS;
    },
    pauseMs: EVERY_MS,
    onFailure: deps.onFailure,
  });
}
