import { defineSearchAttributeKey, SearchAttributeType } from "@temporalio/common";
import type { ShownStatus } from "../src/domain/status.js";

/** What support searches runs by in the Temporal UI. */
export const ORDER_STATUS = defineSearchAttributeKey("OrderStatus", SearchAttributeType.KEYWORD);
export const NEEDS_ATTENTION = defineSearchAttributeKey("NeedsAttention", SearchAttributeType.BOOL);

/** An order that goes its way and waits for nobody to act: accepted, or confirmed and not shipped. */
export const PLACED = "placed";

/**
 * The status a run is listed under. Every order is confirmed right after it was accepted, or becomes something else: to
 * list the two apart would cost each run an upsert, which is billed and written to Temporal's visibility store.
 */
export function listedStatus(shown: ShownStatus): string {
  return shown === "accepted" || shown === "confirmed" ? PLACED : shown;
}
