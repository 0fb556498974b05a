import type { Kysely } from "kysely";
import type { OrderRow } from "./open-order.js";
import type { Tables } from "./schema.js";

/** An order's row as it stands, without its lock. */
export async function findOrder(db: Kysely<Tables>, id: string): Promise<OrderRow> {
  return db.selectFrom("orders").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
}
