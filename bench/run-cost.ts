import type { WorkflowHandle } from "@temporalio/client";

/** What one run cost Temporal so far. */
export interface RunCost {
  events: number;
  workflowTasks: number;
  actions: number;
}

type History = Awaited<ReturnType<WorkflowHandle["fetchHistory"]>>;

const BILLED = [
  "workflowExecutionStartedEventAttributes",
  "activityTaskScheduledEventAttributes",
  "workflowExecutionSignaledEventAttributes",
  "upsertWorkflowSearchAttributesEventAttributes",
] as const;

/**
 * Counts the history of a run that has confirmed its order. Billable actions are the start, each activity, signal and
 * search attribute upsert, and one for all local activities of a workflow task; the timers in it belong to the wait for
 * what comes after. Source: docs.temporal.io/cloud/actions.
 */
export function costOf({ events }: History): RunCost {
  const cost: RunCost = { events: events?.length ?? 0, workflowTasks: 0, actions: 0 };
  let hasLocals = false;
  for (const event of events ?? []) {
    if (event.workflowTaskCompletedEventAttributes) {
      cost.workflowTasks++;
      hasLocals = false;
    }
    if (BILLED.some((attributes) => event[attributes])) cost.actions++;
    if (event.markerRecordedEventAttributes?.markerName === "core_local_activity" && !hasLocals) {
      cost.actions++;
      hasLocals = true;
    }
  }
  return cost;
}

/** The same of a run that has ended, whose timers are billed too. */
export function costToEnd(history: History): RunCost {
  const cost = costOf(history);
  const timers = history.events?.filter((event) => event.timerStartedEventAttributes).length ?? 0;
  return { ...cost, actions: cost.actions + timers };
}
