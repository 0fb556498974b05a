import { defineSearchAttributeKey, SearchAttributeType } from "@temporalio/common";

/** What support searches runs by in the Temporal UI. */
export const ORDER_STATUS = defineSearchAttributeKey("OrderStatus", SearchAttributeType.KEYWORD);
export const NEEDS_ATTENTION = defineSearchAttributeKey("NeedsAttention", SearchAttributeType.BOOL);
