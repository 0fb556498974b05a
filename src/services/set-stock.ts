import { type StockOfSku, writeStock } from "../database/queries/stock-levels.js";
import { ProblemError } from "../domain/problem-error.js";
import { getStock } from "./read-stock.js";
import type { ServiceDeps } from "./service-deps.js";

export interface StockRequest {
  onHand: number;
  warehouse: string;
}

/** Sets the quantity on hand in a warehouse; below what orders have reserved it is refused and nothing changes. */
export async function setStock(
  deps: Pick<ServiceDeps, "database">,
  { request, ...of }: { tenant: string; sku: string; request: StockRequest },
): Promise<StockOfSku> {
  try {
    await writeStock(deps.database.db, of.tenant, of.sku, request.warehouse, request.onHand);
  } catch (error) {
    if (!(error instanceof Error && "constraint" in error && error.constraint === "stock_covers_reserved")) throw error;
    throw new ProblemError("stock-below-reserved", "Orders have reserved more than this.");
  }
  return getStock(deps, of);
}
