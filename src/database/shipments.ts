import type { Kysely, Selectable } from "kysely";
import type { ShipmentsTable, Tables } from "./schema.js";

export async function findShipment(db: Kysely<Tables>, id: string): Promise<Selectable<ShipmentsTable>> {
  return db.selectFrom("shipments").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
}
