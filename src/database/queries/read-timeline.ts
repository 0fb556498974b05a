import type { Kysely } from "kysely";
import type { Actor, TimelineData, TimelineType } from "../../domain/timeline.js";
import type { Tables } from "../schema.js";

export interface TimelineEvent {
  id: number;
  type: TimelineType;
  at: Date;
  actor: Actor;
  data: TimelineData;
}

/** An order's timeline after the event `after`, oldest first. */
export async function readTimeline(db: Kysely<Tables>, orderId: string, after = 0): Promise<TimelineEvent[]> {
  return db
    .selectFrom("order_events")
    .select(["id", "type", "occurred_at as at", "actor", "data"])
    .where("order_id", "=", orderId)
    .where("id", ">", after)
    .orderBy("id")
    .execute();
}
