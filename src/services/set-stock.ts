import { reachingTheBook } from "../database/pool.js";
import type { OrderBook } from "../database/order-book.js";
import { readStock, type StockOfSku, writeStock } from "../database/stock.js";
import { Refusal } from "../domain/problem-error.js";
import { unknownOrder } from "./keyed-request.js";

export interface StockRequest {
  onHand: number;
  warehouse: string;
}

/** Sets what lies on a shelf; below what orders have reserved it is refused and nothing changes. */
export async function setStock(
  book: OrderBook,
  tenant: string,
  sku: string,
  { onHand, warehouse }: StockRequest,
): Promise<StockOfSku> {
  try {
    await reachingTheBook(() => writeStock(book.db, tenant, sku, warehouse, onHand));
  } catch (error) {
    if (!(error instanceof Error && "constraint" in error && error.constraint === "stock_covers_reserved")) throw error;
    throw new Refusal("stock-below-reserved", "Orders have reserved more than this.");
  }
  return getStock(book, tenant, sku);
}

export async function getStock(book: OrderBook, tenant: string, sku: string): Promise<StockOfSku> {
  const stock = await reachingTheBook(() => readStock(book.db, tenant, sku));
  if (!stock) throw unknownOrder();
  return stock;
}
