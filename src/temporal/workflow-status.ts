import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { orderWorkflowId, refundWorkflowId, takeoverWorkflowId } from "../idempotency/derived-ids.js";
import type { RunState } from "../domain/rules/takeover.js";

/** Asks Temporal about runs; throws when it does not answer. */
export interface WorkflowStatus {
  /** The order's own run. */
  ofOrder(orderId: string): Promise<RunState>;
  /** The run that took an order over. */
  ofTakeover(orderId: string): Promise<RunState>;
  ofRefund(refundId: string): Promise<RunState>;
}

export function createWorkflowStatus(client: Client): WorkflowStatus {
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
  };
}
