import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema.js";

/** Orders that closed before a time and were not purged, oldest first, after one of them. */
export async function closedOrders(
  db: Kysely<Tables>,
  closedBefore: Date,
  after: { closedAt: Date; id: string } | null,
  limit: number,
): Promise<{ id: string; closedAt: Date }[]> {
  let query = db
    .selectFrom("orders")
    .select(["id", sql<Date>`closed_at`.as("closedAt")])
    .where("closed_at", "<", closedBefore)
    .where("purged_at", "is", null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("outbox").select("seq").whereRef("outbox.order_id", "=", "orders.id"))),
    );
  if (after) query = query.where(sql<boolean>`(closed_at, id) > (${after.closedAt}, ${after.id})`);
  return query.orderBy("closed_at").orderBy("id").limit(limit).execute();
}
