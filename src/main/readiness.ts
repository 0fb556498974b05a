import type { Client, Connection } from "@temporalio/client";
import type pg from "pg";
import type { Health } from "../api/app-deps.js";
import { answerWithin } from "../temporal/with-timeout.js";
import { TASK_QUEUE } from "../../workflows/contract.js";

const PROBE_EVERY_MS = 2_000;
const PROBE_TIMEOUT_MS = 2_000;
const WORKFLOW_QUEUE = 1;

/** Watches Temporal in the background, so that asking how things stand waits for nobody but PostgreSQL. */
export function watchHealth(pool: pg.Pool, client: Client): { health(): Promise<Health>; stop(): void } {
  let temporal: Health["temporal"] = "down";
  let workers: Health["workers"] = "down";

  const probe = async (): Promise<void> => {
    const pollers = await answerWithin(PROBE_TIMEOUT_MS, countPollers(client)).catch(() => null);
    temporal = pollers === null ? "down" : "up";
    workers = pollers ? "up" : "down";
  };
  void probe();
  const timer = setInterval(() => void probe(), PROBE_EVERY_MS);

  return {
    async health() {
      const answered = await answerWithin(PROBE_TIMEOUT_MS, pool.query("select 1")).catch(() => null);
      return { postgres: answered ? "up" : "down", temporal, workers };
    },
    stop: () => clearInterval(timer),
  };
}

async function countPollers(client: Client): Promise<number> {
  const { workflowService } = client.connection as Connection;
  const { pollers } = await workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: WORKFLOW_QUEUE,
  });
  return pollers?.length ?? 0;
}
