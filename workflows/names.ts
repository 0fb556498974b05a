import { defineSearchAttributeKey, SearchAttributeType } from "@temporalio/common";

/** What the rest of Idem knows of the workflows: their types, queues, inputs, signals and search attributes. */
export const WORKFLOW_TYPE = {
  order: "placeOrder",
  refund: "refund",
  takeover: "takeOverOrder",
  reconcile: "reconcile",
  purge: "purge",
} as const;

/** Where runs are carried out, and where activities that outlast a workflow task are. */
export const TASK_QUEUE = "orders";
export const EFFECTS_QUEUE = "effects";

export interface OrderInput {
  orderId: string;
}

export interface RefundInput {
  refundId: string;
  orderId: string;
}

/** Every signal carries the number of the fact that it brings; null where it brings none and the order is to be loaded. */
export interface SignalPayload {
  number: number | null;
}

/** What support searches runs by in the Temporal UI. */
export const ORDER_STATUS = defineSearchAttributeKey("OrderStatus", SearchAttributeType.KEYWORD);
export const NEEDS_ATTENTION = defineSearchAttributeKey("NeedsAttention", SearchAttributeType.BOOL);

/**
 * What an order is listed under while it takes its usual course: accepted, or confirmed and not shipped. Every order is
 * confirmed right after it was accepted, or becomes something else: to list the two apart would cost each run an upsert,
 * which is billed and written to Temporal's visibility store.
 */
export const PLACED = "placed";

export function listedStatus(shown: string): string {
  return shown === "accepted" || shown === "confirmed" ? PLACED : shown;
}
