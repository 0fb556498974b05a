import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type NativeConnection, Worker, type WorkerOptions } from "@temporalio/worker";
import { heartbeatInterceptor } from "../../activities/heartbeat.js";
import type { Activities } from "../../activities/index.js";
import { EFFECTS_QUEUE, TASK_QUEUE } from "../../workflows/names.js";
import type { Config } from "../config/config.js";
import { DEPLOYMENT } from "../temporal/worker-versions.js";

/** Inline activities at once, and so many connections to the order database besides those of the durable ones. */
export const INLINE_AT_ONCE = 24;
/**
 * Workflow tasks at once. Ten wait for work at any time and INLINE_AT_ONCE hold their place while their inline activity runs; with
 * none free a start is not eager, and costs Temporal four writes more (14 ms of CPU per order instead of 10).
 */
const TASKS_AT_ONCE = 64;

interface WorkerDeps {
  connection: NativeConnection;
  namespace: string;
  activities: Activities;
}

/** The SDK's workers of this process: one for each queue that it serves. */
export function createWorkers(deps: WorkerDeps, { queues, buildId }: Config): Promise<Worker[]> {
  const shared = {
    ...deps,
    interceptors: { activity: [heartbeatInterceptor] },
    // An activity in flight is finished; what takes longer goes on at another worker under the same key.
    shutdownGraceTime: "4s",
    shutdownForceTime: "7s",
  } satisfies Partial<WorkerOptions>;
  const options: Record<Config["queues"][number], WorkerOptions> = {
    orders: {
      ...shared,
      taskQueue: TASK_QUEUE,
      ...workflowSource(),
      // A third of a megabyte each. A run that waits for days is replayed from its history, which is short, when a signal comes.
      maxCachedWorkflows: 1_000,
      maxConcurrentWorkflowTaskExecutions: TASKS_AT_ONCE,
      // More at once would only make each activity slower than its time-out and have it executed durably; what waits its
      // turn waits without a clock.
      maxConcurrentLocalActivityExecutions: INLINE_AT_ONCE,
      ...(buildId !== null && {
        workerDeploymentOptions: {
          version: { deploymentName: DEPLOYMENT, buildId },
          useWorkerVersioning: true,
          defaultVersioningBehavior: "PINNED" as const,
        },
      }),
    },
    effects: { ...shared, taskQueue: EFFECTS_QUEUE, maxConcurrentActivityTaskExecutions: 50 },
  };
  return Promise.all(queues.map((queue) => Worker.create(options[queue])));
}

/** The bundle of the build; from source where there is none, as in tests. */
function workflowSource(): Pick<WorkerOptions, "workflowBundle" | "workflowsPath"> {
  const codePath = fileURLToPath(new URL("../../workflow-bundle.js", import.meta.url));
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return { workflowsPath: fileURLToPath(new URL("../../workflows/index.js", import.meta.url)) };
}
