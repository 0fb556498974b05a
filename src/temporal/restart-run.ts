import { randomUUID } from "node:crypto";
import { type Client, WorkflowNotFoundError } from "@temporalio/client";

/**
 * Has an open run begin again with its first step, from what the order database says now, unless it executes something.
 * So a run that missed a signal, or that knows a newer state than a database that was restored, goes on from the state
 * of the order. Returns whether it did.
 */
export async function restartIdleRun(client: Client, workflowId: string): Promise<boolean> {
  const runId = await findIdleRun(client, workflowId);
  if (runId === null) return false;
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const firstTask = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: firstTask?.eventId ?? null,
    requestId: randomUUID(),
    reason: "it does nothing of what is due by the order database",
  });
  return true;
}

async function findIdleRun(client: Client, workflowId: string): Promise<string | null> {
  try {
    const { status, runId, raw } = await client.workflow.getHandle(workflowId).describe();
    const isIdle = (raw.pendingActivities ?? []).length === 0 && !raw.pendingWorkflowTask;
    return status.name === "RUNNING" && isIdle ? runId : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
