import type { Kysely, Selectable } from "kysely";
import type { Availability } from "../../domain/allocation.js";
import type { Session } from "../pool.js";
import type { StockTable, Tables } from "../schema.js";

interface WarehouseStock {
  warehouse: string;
  onHand: number;
  reserved: number;
  available: number;
}

export interface StockOfSku {
  sku: string;
  onHand: number;
  reserved: number;
  available: number;
  warehouses: WarehouseStock[];
}

export async function readStock(db: Kysely<Tables>, tenant: string, sku: string): Promise<StockOfSku | null> {
  const rows = await db
    .selectFrom("stock")
    .selectAll()
    .where("tenant", "=", tenant)
    .where("sku", "=", sku)
    .orderBy("warehouse")
    .execute();
  return rows.length === 0 ? null : stockOf(sku, rows);
}

function stockOf(sku: string, rows: readonly Selectable<StockTable>[]): StockOfSku {
  const warehouses = rows.map((row) => ({
    warehouse: row.warehouse,
    onHand: row.on_hand,
    reserved: row.reserved,
    available: row.on_hand - row.reserved,
  }));
  const total = (of: "onHand" | "reserved" | "available") => warehouses.reduce((sum, one) => sum + one[of], 0);
  return { sku, onHand: total("onHand"), reserved: total("reserved"), available: total("available"), warehouses };
}

/** A tenant's stock by SKU, at most so many SKUs after one. */
export async function listStock(
  session: Session,
  tenant: string,
  limit: number,
  after: string | null,
): Promise<StockOfSku[]> {
  const rows = await session.query<Selectable<StockTable>>(
    `select * from stock where tenant = $1 and sku in (
       select distinct sku from stock where tenant = $1 and sku > coalesce($3, '') order by sku limit $2
     ) order by sku, warehouse`,
    [tenant, limit, after],
  );
  const bySku = new Map<string, Selectable<StockTable>[]>();
  for (const row of rows) bySku.set(row.sku, [...(bySku.get(row.sku) ?? []), row]);
  return [...bySku].map(([sku, levels]) => stockOf(sku, levels));
}

/** Sets the quantity on hand in a warehouse. Below what is reserved the table's own check refuses: `stock_covers_reserved`. */
export async function writeStock(
  db: Kysely<Tables>,
  tenant: string,
  sku: string,
  warehouse: string,
  onHand: number,
): Promise<void> {
  await db
    .insertInto("stock")
    .values({ tenant, sku, warehouse, on_hand: onHand })
    .onConflict((conflict) => conflict.columns(["tenant", "sku", "warehouse"]).doUpdateSet({ on_hand: onHand }))
    .execute();
}

/** What is available of these SKUs, by warehouse. */
export async function readAvailable(session: Session, tenant: string, skus: readonly string[]): Promise<Availability> {
  const levels = await session.query<{ warehouse: string; sku: string; available: number }>(
    "select warehouse, sku, on_hand - reserved as available from stock where tenant = $1 and sku = any($2)",
    [tenant, skus],
  );
  const free = new Map<string, Map<string, number>>();
  for (const { warehouse, sku, available } of levels) {
    free.set(warehouse, (free.get(warehouse) ?? new Map()).set(sku, available));
  }
  return free;
}
