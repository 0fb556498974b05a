import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { WORKFLOW_TYPE } from "../../workflows/names.js";
import { orderWorkflowId, refundWorkflowId, takeoverWorkflowId } from "../idempotency/derived-ids.js";
import type { Runs, RunState } from "../domain/runs.js";
import { restartIdleRun } from "./restart-run.js";

/** Asks the Temporal server about runs. */
export function createWorkflowStatus(client: Client): Runs {
  const stateOf = async (workflowId: string): Promise<RunState> => {
    try {
      const { status } = await client.workflow.getHandle(workflowId).describe();
      if (status.name === "RUNNING") return "open";
      return status.name === "COMPLETED" ? "completed" : "closed";
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return "gone";
      throw error;
    }
  };
  return {
    ofOrder: (orderId) => stateOf(orderWorkflowId(orderId)),
    ofTakeover: (orderId) => stateOf(takeoverWorkflowId(orderId)),
    ofRefund: (refundId) => stateOf(refundWorkflowId(refundId)),
    restartIdle: (workflowId) => restartIdleRun(client, workflowId),
    async *ordersSince(from) {
      const query = `WorkflowType = '${WORKFLOW_TYPE.order}' AND StartTime >= '${from.toISOString()}'`;
      for await (const { workflowId } of client.workflow.list({ query, pageSize: 1_000 }))
        yield workflowId.slice(orderWorkflowId("").length);
    },
  };
}
