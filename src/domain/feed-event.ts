import type { ShownStatus } from "./status.js";
import type { TimelineType } from "./timeline.js";

/** A timeline event as the shop's other systems see it: what happened to which order, and nothing about a person. */
export interface FeedEvent {
  /** Unique among all events, and the same wherever the event is shown. */
  id: string;
  type: TimelineType;
  occurredAt: Date;
  orderId: string;
  /** What the order showed once the event was recorded. */
  status: ShownStatus;
  /** Where the event is about one. */
  shipmentId: string | null;
  refundId: string | null;
}

/** Days for which events are in the feed and deliveries are kept. */
export const FEED_DAYS = 30;
