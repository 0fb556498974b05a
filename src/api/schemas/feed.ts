import { z } from "@hono/zod-openapi";
import { SHOWN_STATUSES } from "../../domain/status.js";
import { TIMELINE, type TimelineType } from "../../domain/timeline.js";
import { fromFeedCursor } from "../feed-cursor.js";
import { limit } from "./list-queries.js";
import { OrderId, RefundId, ShipmentId } from "./text.js";
import { Time } from "./time.js";

export const EventType = z.enum(Object.keys(TIMELINE) as [TimelineType]);

const FeedCursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,100}$/, "is not a cursor of this feed")
  .refine((cursor) => fromFeedCursor(cursor) !== null, "is not a cursor of this feed")
  .openapi({ description: "A place in the feed: the last `nextCursor`, or the id of a stream's last event." });

export const FeedQuery = z.strictObject({ after: FeedCursor.optional(), limit });

const FeedEvent = z
  .object({
    id: z
      .string()
      .regex(/^evt_[a-z2-7]{32}_[1-9][0-9]{0,4}_[1-9][0-9]{0,8}$/)
      .openapi({
        description: "The same in the feed and in webhooks.",
        example: "evt_4gq2ykd7sw3vjc5p6xqzr2na7mfe3thb_1_7",
      }),
    type: EventType,
    occurredAt: Time,
    orderId: OrderId,
    status: z
      .enum(SHOWN_STATUSES)
      .openapi({ description: "What the order showed once the event was recorded; by now it may show another." }),
    shipmentId: ShipmentId.nullable().openapi({ description: "Where the event is about a shipment." }),
    refundId: RefundId.nullable().openapi({ description: "Where the event is about a refund." }),
  })
  .openapi("FeedEvent");

export const Feed = z
  .object({
    items: z.array(FeedEvent),
    nextCursor: z.string().openapi({ description: "Always given: keep it, and ask again with `after`." }),
  })
  .openapi("Feed");

const EXAMPLE = {
  id: "evt_4gq2ykd7sw3vjc5p6xqzr2na7mfe3thb_1_1",
  type: "order.accepted",
  occurredAt: "2026-11-25T10:00:00.000Z",
  orderId: "ord_4gq2ykd7sw3vjc5p6xqzr2na7mfe3thb",
  status: "accepted",
  shipmentId: null,
  refundId: null,
};

/** The types of the library know no content keywords. */
const JSON_DATA = {
  contentMediaType: "application/json",
  contentSchema: { $ref: "#/components/schemas/FeedEvent" },
  description: "The event itself, as JSON.",
  example: JSON.stringify(EXAMPLE),
};

/** One event of the feed as a `text/event-stream`, by its fields. */
export const StreamedFeedEvent = z
  .object({
    id: z.string().openapi({ description: "The event's cursor.", example: "MTo3NTg6b3JkXzRncTI6MQ" }),
    event: EventType.openapi({ description: "The event's `type`." }),
    data: z.string().openapi(JSON_DATA),
  })
  .openapi("StreamedFeedEvent");
