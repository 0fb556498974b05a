import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from "@temporalio/client";
import { TASK_QUEUE } from "../../workflows/names.js";

const SCHEDULES = [
  { scheduleId: "reconcile", every: "3 minutes" },
  { scheduleId: "purge", every: "1 hour" },
] as const;

/** Creates the schedules that do not exist; every worker tries, one creates. */
export async function ensureSchedules(client: Client): Promise<void> {
  for (const { scheduleId, every } of SCHEDULES) {
    try {
      await client.schedule.create({
        scheduleId,
        spec: { intervals: [{ every }] },
        state: { triggerImmediately: true },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "1 minute" },
        action: { type: "startWorkflow", workflowType: scheduleId, taskQueue: TASK_QUEUE, args: [] },
      });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
  }
}
