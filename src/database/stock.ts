import { type Kysely, type Selectable, sql } from "kysely";
import type { StockTable, Tables } from "./schema.js";

export interface WarehouseStock {
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

/** Sets what lies on a shelf. Below what is reserved the table's own check refuses: `stock_covers_reserved`. */
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

/** What is free of these articles, by warehouse, as it stands now. */
export async function readAvailable(
  db: Kysely<Tables>,
  tenant: string,
  skus: readonly string[],
): Promise<Map<string, Map<string, number>>> {
  const shelves = await db
    .selectFrom("stock")
    .select(["warehouse", "sku", "on_hand", "reserved"])
    .where("tenant", "=", tenant)
    .where("sku", "in", skus)
    .execute();
  const free = new Map<string, Map<string, number>>();
  for (const { warehouse, sku, on_hand: onHand, reserved } of shelves) {
    free.set(warehouse, (free.get(warehouse) ?? new Map()).set(sku, onHand - reserved));
  }
  return free;
}

/** Somebody else took the units that were free a moment ago: look again. */
export class StockMoved extends Error {
  override readonly name = "StockMoved";
}

export interface Taking {
  shipmentId: string;
  warehouse: string;
  sku: string;
  quantity: number;
}

/** Puts reserved stock back, of one shipment or of the whole order; nothing reserved is nothing to do. */
export async function releaseStock(db: Kysely<Tables>, of: { orderId: string; shipmentId?: string }): Promise<boolean> {
  return endReservations(db, of, sql`reserved = stock.reserved - gone.quantity`);
}

/** Takes a shipment's units off the shelf: they left the house. */
export async function shipStock(db: Kysely<Tables>, of: { orderId: string; shipmentId: string }): Promise<void> {
  await endReservations(
    db,
    of,
    sql`reserved = stock.reserved - gone.quantity, on_hand = stock.on_hand - gone.quantity`,
  );
}

async function endReservations(
  db: Kysely<Tables>,
  of: { orderId: string; shipmentId?: string },
  change: ReturnType<typeof sql>,
): Promise<boolean> {
  const { rows } = await sql`
    with gone as (
      delete from reservations where order_id = ${of.orderId}
        and (${of.shipmentId ?? null}::text is null or shipment_id = ${of.shipmentId ?? null})
      returning tenant, sku, warehouse, quantity
    ), summed as (
      select tenant, sku, warehouse, sum(quantity) as quantity from gone group by tenant, sku, warehouse
    ), locked as (
      select stock.* from stock join summed using (tenant, sku, warehouse)
      order by stock.warehouse, stock.sku for update of stock
    )
    update stock set ${change} from summed as gone, locked
    where stock.tenant = gone.tenant and stock.sku = gone.sku and stock.warehouse = gone.warehouse
      and locked.tenant = stock.tenant and locked.sku = stock.sku and locked.warehouse = stock.warehouse
    returning stock.sku`.execute(db);
  return rows.length > 0;
}
