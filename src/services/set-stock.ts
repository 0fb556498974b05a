import { readStock, type StockOfSku, writeStock } from "../database/queries/stock-levels.js";
import { ProblemError } from "../domain/problem-error.js";
import { notFoundError } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

type Deps = Pick<ServiceDeps, "database">;

export interface StockRequest {
  onHand: number;
  warehouse: string;
}

interface OfSku {
  tenant: string;
  sku: string;
}

/** Sets the quantity on hand in a warehouse; below what orders have reserved it is refused and nothing changes. */
export async function setStock(deps: Deps, { request, ...of }: OfSku & { request: StockRequest }): Promise<StockOfSku> {
  try {
    await writeStock(deps.database.db, of.tenant, of.sku, request.warehouse, request.onHand);
  } catch (error) {
    if (!(error instanceof Error && "constraint" in error && error.constraint === "stock_covers_reserved")) throw error;
    throw new ProblemError("stock-below-reserved", "Orders have reserved more than this.");
  }
  return getStock(deps, of);
}

export async function getStock({ database }: Deps, { tenant, sku }: OfSku): Promise<StockOfSku> {
  const stock = await readStock(database.db, tenant, sku);
  if (!stock) throw notFoundError();
  return stock;
}
