import type { Client } from "@temporalio/client";
import { liveBuilds, succession, type WorkerVersion } from "../domain/health.js";
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
  /** Called every minute while runs never began on this build, and it does not ask for them. */
  onIdle(): void;
  onFailure(error: unknown): void;
}

/** Until Temporal has met a worker of this build. */
const UNKNOWN_PAUSE_MS = 1_000;
const EVERY_MS = 5_000;
const IDLE_EVERY_MS = 60_000;
/** A current build whose workers all restart, or whose heartbeats come late after an outage, is not replaced. */
const LEFT_ALONE_MS = 15_000;
/** Drained builds that are kept: one that came back would be new to Temporal, and so the newest. */
const DRAINED_KEPT = 5;

/** Maintains the versions of the Worker Deployment for a worker with a build id. */
export function keepVersion({ client, health, buildId, makesCurrent, ...deps }: VersionDeps): Repeated {
  let begunOn: string | null = null;
  let nextIdleAt = Date.now() + IDLE_EVERY_MS;
  let leftAloneSince: number | null = null;

  const note = (current: string): void => {
    if (current === begunOn) return;
    begunOn = current;
    if (current === buildId) deps.onCurrent();
    else if (makesCurrent) deps.onSuperseded(current);
  };

  const isToBeCurrent = (versions: readonly WorkerVersion[], live: ReadonlySet<string>): boolean => {
    const why = makesCurrent ? succession(buildId, versions, live) : null;
    leftAloneSince = why === "left alone" ? (leftAloneSince ?? Date.now()) : null;
    return why === "newer" || (leftAloneSince !== null && Date.now() - leftAloneSince >= LEFT_ALONE_MS);
  };

  return repeat({
    async round() {
      const now = health.current();
      const versions = now?.temporal?.versions ?? [];
      const own = versions.find((one) => one.buildId === buildId);
      if (!now || !own) {
        leftAloneSince = null;
        return UNKNOWN_PAUSE_MS;
      }
      const live = liveBuilds(now);
      if (isToBeCurrent(versions, live)) {
        if (await makeCurrent(client, buildId)) note(buildId);
        return EVERY_MS;
      }
      const current = versions.find(({ state }) => state === "current");
      if (current) note(current.buildId);
      if (!makesCurrent && own.state === "inactive" && Date.now() >= nextIdleAt) {
        nextIdleAt = Date.now() + IDLE_EVERY_MS;
        deps.onIdle();
      }
      const unused = versions.filter((one) => one.state === "drained" && !live.has(one.buildId));
      for (const one of unused.toSorted((a, b) => b.since - a.since).slice(DRAINED_KEPT))
        await removeVersion(client, one.buildId);
      return EVERY_MS;
    },
    pauseMs: EVERY_MS,
    onFailure: deps.onFailure,
  });
}
