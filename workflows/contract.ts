import { defineSignal } from "@temporalio/workflow";

/** What the outside world of the runs may know of them: names, inputs, signals. */

export interface OrderInput {
  orderId: string;
  /**
   * The way an order's run goes, kept by its history: 2 goes as far as it can in one step before it goes step by step.
   * Absent in runs that were started before there was a second way.
   */
  way?: 2;
}

/** For a run that is started now. */
export const NEWEST_WAY = 2;

export interface RefundInput {
  refundId: string;
  orderId: string;
}

/** News for a run that lies in the book under this id. */
export interface Notice {
  kind: string;
  id: string;
}

export const noticeSignal = defineSignal<[Notice]>("notice");

/** Where runs are worked on, and where activities that outlast a workflow task are. */
export const TASK_QUEUE = "orders";
export const EFFECTS_QUEUE = "effects";
