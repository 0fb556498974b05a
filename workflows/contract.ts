import { defineSignal } from "@temporalio/workflow";

/** What the outside world of the runs may know of them: names, inputs, signals. */

export type Way = 1 | 2 | 3;

export interface OrderInput {
  orderId: string;
  /**
   * The way an order's run goes, kept by its history: from 2 on it goes as far as it can in one step before it goes step
   * by step; from 3 on it leaves the looks at the outside to the watch beside the runs. Absent: 1, the first way.
   */
  way?: Way;
}

/** For a run that is started now. */
export const NEWEST_WAY = 3;

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
