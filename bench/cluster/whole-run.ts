import { Client, Connection } from "@temporalio/client";
import { median } from "../quantile.js";
import { type RunShape, shapeOf } from "../run-shape.js";

/** What a whole run cost Temporal; the actions of its timers included. */
export interface WholeRun extends RunShape {
  historyBytes: number;
}

/** The median of these orders' runs, once they have closed. */
export async function wholeRun(address: string, namespace: string, ids: readonly string[]): Promise<WholeRun> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const runs = await Promise.all(
    ids.map(async (id): Promise<WholeRun> => {
      const handle = client.workflow.getHandle(`order/${id}`);
      await handle.result();
      const history = await handle.fetchHistory();
      const timers = history.events?.filter((event) => event.timerStartedEventAttributes).length ?? 0;
      const shape = shapeOf(history);
      const { raw } = await handle.describe();
      const historyBytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
      return { ...shape, actions: shape.actions + timers, historyBytes };
    }),
  );
  await connection.close();
  const of = (name: keyof WholeRun) => median(runs.map((run) => run[name]));
  return {
    events: of("events"),
    workflowTasks: of("workflowTasks"),
    actions: of("actions"),
    historyBytes: of("historyBytes"),
  };
}
