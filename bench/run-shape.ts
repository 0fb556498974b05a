import type { WorkflowHandle } from "@temporalio/client";

/** What one run cost Temporal so far. */
export interface RunShape {
  events: number;
  workflowTasks: number;
  actions: number;
}

const NORMAL = [
  "workflowExecutionStartedEventAttributes",
  "activityTaskScheduledEventAttributes",
  "workflowExecutionSignaledEventAttributes",
  "upsertWorkflowSearchAttributesEventAttributes",
] as const;

/**
 * Counts a history whose order is done but for its delivery. Billable actions are the start, each activity, signal and
 * search attribute upsert, and one for all local activities of a workflow task; the timers in it belong to the wait for
 * what comes after. Source: docs.temporal.io/cloud/actions.
 */
export function shapeOf({ events }: Awaited<ReturnType<WorkflowHandle["fetchHistory"]>>): RunShape {
  const shape: RunShape = { events: events?.length ?? 0, workflowTasks: 0, actions: 0 };
  let localsCounted = false;
  for (const event of events ?? []) {
    if (event.workflowTaskCompletedEventAttributes) {
      shape.workflowTasks++;
      localsCounted = false;
    }
    if (NORMAL.some((attributes) => event[attributes])) shape.actions++;
    if (event.markerRecordedEventAttributes?.markerName === "core_local_activity" && !localsCounted) {
      shape.actions++;
      localsCounted = true;
    }
  }
  return shape;
}
