import type { Client } from "@temporalio/client";
import { liveBuilds } from "../domain/health.js";
import { makeCurrent, removeVersion } from "../temporal/worker-versions.js";
import type { HealthWatch } from "./health-watch.js";

interface VersionDeps {
  client: Client;
  health: HealthWatch;
  buildId: string;
  /** Whether runs are to begin on this build as soon as Temporal has met a worker of it. */
  makesCurrent: boolean;
  onCurrent(): void;
  /** Called every minute while runs begin on another build and never began on this one. */
  onIdle(): void;
  onFailure(error: unknown): void;
}

const ASK_AGAIN_MS = 1_000;
const LOOK_EVERY_MS = 60_000;

/**
 * Maintains the versions of the Worker Deployment for a worker with a build id. It makes its build current once, when it
 * starts: a worker of an older build that goes on beside it never reverts that, unless it restarts.
 */
export function keepVersion(deps: VersionDeps): { stop(): void } {
  const { client, health, buildId } = deps;
  let timer: NodeJS.Timeout | undefined;
  const again = (work: () => Promise<void>, afterMs: number): void => {
    timer = setTimeout(() => void work().catch(deps.onFailure), afterMs);
  };

  const claim = async (): Promise<void> => {
    const isCurrent = await makeCurrent(client, buildId).catch((error: unknown) => {
      deps.onFailure(error);
      return false;
    });
    if (!isCurrent) return again(claim, ASK_AGAIN_MS);
    deps.onCurrent();
    again(look, LOOK_EVERY_MS);
  };

  const look = async (): Promise<void> => {
    again(look, LOOK_EVERY_MS);
    const current = health.current();
    if (!current?.temporal) return;
    const { versions } = current.temporal;
    if (versions.some((one) => one.buildId === buildId && one.state === "inactive")) deps.onIdle();
    const live = liveBuilds(current);
    const unused = versions.filter((one) => one.state === "drained" && !live.has(one.buildId));
    for (const one of unused) await removeVersion(client, one.buildId);
  };

  again(deps.makesCurrent ? claim : look, ASK_AGAIN_MS);
  return { stop: () => clearTimeout(timer) };
}
