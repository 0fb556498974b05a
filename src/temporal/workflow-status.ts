import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { orderWorkflowId, refundWorkflowId, settleWorkflowId } from "../idempotency/derived-ids.js";
import type { Runs, RunState } from "../domain/run-state.js";

/** The orders' runs as Temporal knows them. */
export function createRuns(client: Client): Runs {
  const stateOf = async (workflowId: string): Promise<RunState> => {
    try {
      const { status } = await client.workflow.getHandle(workflowId).describe();
      return status.name === "RUNNING" ? "open" : "closed";
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return "gone";
      throw error;
    }
  };
  return {
    ofOrder: (orderId) => stateOf(orderWorkflowId(orderId)),
    ofSettler: (orderId) => stateOf(settleWorkflowId(orderId)),
    ofRefund: (refundId) => stateOf(refundWorkflowId(refundId)),
  };
}
