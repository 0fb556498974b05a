import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { WORKFLOW_TYPE } from "../../workflows/names.js";
import { orderWorkflowId, refundWorkflowId, takeoverWorkflowId } from "../idempotency/derived-ids.js";
import type { RunState } from "../domain/rules/takeover.js";
import { restartIdleRun } from "./restart-run.js";

/** Runs as reconciliation knows them; throws when Temporal does not answer. */
export interface WorkflowStatus {
  /** The order's own run. */
  ofOrder(orderId: string): Promise<RunState>;
  /** The run that took an order over. */
  ofTakeover(orderId: string): Promise<RunState>;
  ofRefund(refundId: string): Promise<RunState>;
  /** Has an open run begin again unless it executes something; whether it did. */
  restartIdle(workflowId: string): Promise<boolean>;
  /** The orders whose own runs started since then, open or closed, newest first. */
  ordersSince(from: Date): AsyncIterable<string>;
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
    restartIdle: (workflowId) => restartIdleRun(client, workflowId),
    async *ordersSince(from) {
      const query = `WorkflowType = '${WORKFLOW_TYPE.order}' AND StartTime >= '${from.toISOString()}'`;
      for await (const { workflowId } of client.workflow.list({ query, pageSize: 1_000 }))
        yield workflowId.slice(orderWorkflowId("").length);
    },
  };
}
