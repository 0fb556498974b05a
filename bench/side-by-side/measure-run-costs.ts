import { setTimeout as pause } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import type { BenchService } from "../bench-service.js";
import { placeOrder } from "../load/orders.js";
import { median } from "../quantile.js";
import { costOf, type RunCost } from "../run-cost.js";
import type { System } from "../systems.js";

const RUNS = 10;
/** The last effect is seen before its workflow task has ended. */
const TASK_ENDS_WITHIN_MS = 1_000;

export interface RunCosts {
  idem: RunCost;
  saga: RunCost;
}

/** What a run of each cost Temporal until its order was confirmed; the median of a few runs. */
export async function measureRunCosts(service: BenchService, ours: System, saga: System): Promise<RunCosts> {
  const connection = await Connection.connect({ address: service.temporalAddress });
  const client = new Client({ connection });
  const read = async (workflowIds: readonly string[]) => {
    const histories = workflowIds.map((id) => client.workflow.getHandle(id).fetchHistory());
    return medianCost((await Promise.all(histories)).map(costOf));
  };
  const costs = {
    idem: await read(await loneRuns(ours, "order/")),
    saga: await read(await loneRuns(saga, "saga-")),
  };
  await connection.close();
  return costs;
}

/** The workflow ids of orders that were sent one after the other. */
async function loneRuns(system: System, prefix: string): Promise<string[]> {
  const workflowIds: string[] = [];
  for (let index = 0; index < RUNS; index++) {
    const allDone = system.providers.ledger.more(1);
    const { id } = JSON.parse(await placeOrder(system)) as { id: string };
    await allDone;
    workflowIds.push(prefix + id);
  }
  await pause(TASK_ENDS_WITHIN_MS);
  return workflowIds;
}

function medianCost(costs: readonly RunCost[]): RunCost {
  const of = (name: keyof RunCost) => median(costs.map((cost) => cost[name]));
  return { events: of("events"), workflowTasks: of("workflowTasks"), actions: of("actions") };
}
