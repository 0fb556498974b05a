import type { Client, Connection } from "@temporalio/client";
import type { TemporalHealth } from "../domain/health.js";
import { EFFECTS_QUEUE, TASK_QUEUE } from "../../workflows/names.js";
import { countPinnedRuns, listVersions } from "./worker-versions.js";

/** By the numbers of `temporal.api.enums.v1.TaskQueueType`. */
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;

/**
 * What Temporal holds that waits for a worker.
 * @param builds that have a live worker.
 */
export async function readTemporalHealth(client: Client, builds: ReadonlySet<string>): Promise<TemporalHealth> {
  const [orders, effects, versions] = await Promise.all([
    countTasks(client, TASK_QUEUE, WORKFLOW_TASKS),
    countTasks(client, EFFECTS_QUEUE, ACTIVITY_TASKS),
    listVersions(client),
  ]);
  const unserved = versions.filter(({ buildId, state }) => !builds.has(buildId) && state !== "drained");
  const pinned = await Promise.all(
    unserved.map(async ({ buildId }) => ({ buildId, runs: await countPinnedRuns(client, buildId) })),
  );
  return {
    backlog: [
      { queue: "orders", tasks: orders },
      { queue: "effects", tasks: effects },
    ],
    stranded: pinned.filter(({ runs }) => runs > 0),
    versions,
  };
}

async function countTasks(client: Client, name: string, taskQueueType: number): Promise<number> {
  const { workflowService } = client.connection as Connection;
  const { stats } = await workflowService.describeTaskQueue({
    ...{ namespace: client.options.namespace, taskQueue: { name }, taskQueueType, reportStats: true },
  });
  return Number(stats?.approximateBacklogCount ?? 0);
}
