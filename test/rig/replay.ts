import { fileURLToPath } from "node:url";
import type { Client } from "@temporalio/client";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";

const BUNDLE = fileURLToPath(new URL("../../dist/workflow-bundle.js", import.meta.url));

Runtime.install({ logger: new DefaultLogger("ERROR") });

/** Replays every run of a namespace against the built workflows; those that another worker could not have taken over. */
export async function replayAll(client: Client): Promise<{ runs: number; broken: string[] }> {
  const broken: string[] = [];
  let runs = 0;
  const histories = client.workflow.list().intoHistories({ concurrency: 5 });
  const results = Worker.runReplayHistories({ workflowBundle: { codePath: BUNDLE } }, histories);
  for await (const { workflowId, error } of results) {
    runs++;
    if (error) broken.push(`${workflowId}: ${error.message}`);
  }
  return { runs, broken };
}
