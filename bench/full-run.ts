import { Client, Connection } from "@temporalio/client";
import { median } from "./quantile.js";
import { costToEnd, type RunCost } from "./run-cost.js";

/** What a run cost Temporal from its start to its end. */
export interface FullRun extends RunCost {
  historyBytes: number;
}

/** These runs, once they have ended. */
export async function readFullRuns(
  address: string,
  namespace: string,
  workflowIds: readonly string[],
): Promise<FullRun[]> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const runs = await Promise.all(
    workflowIds.map(async (id): Promise<FullRun> => {
      const handle = client.workflow.getHandle(id);
      await handle.result();
      const [history, { raw }] = [await handle.fetchHistory(), await handle.describe()];
      return { ...costToEnd(history), historyBytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0) };
    }),
  );
  await connection.close();
  return runs;
}

/** Figure by figure. */
export function medianRun(runs: readonly FullRun[]): FullRun {
  const of = (name: keyof FullRun) => median(runs.map((run) => run[name]));
  return {
    events: of("events"),
    workflowTasks: of("workflowTasks"),
    actions: of("actions"),
    historyBytes: of("historyBytes"),
  };
}
