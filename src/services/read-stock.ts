import { listStock, readStock, type StockOfSku } from "../database/queries/stock-levels.js";
import { listMovements, type StockMovement } from "../database/queries/stock-movements.js";
import { notFoundError } from "./keyed-request.js";
import { type Cursor, type ListPage, pageOf } from "./read-lists.js";
import type { ServiceDeps } from "./service-deps.js";

export type { StockMovement };

type Deps = Pick<ServiceDeps, "database">;

interface OfSku {
  tenant: string;
  sku: string;
}

export async function getStock({ database }: Deps, { tenant, sku }: OfSku): Promise<StockOfSku> {
  const stock = await readStock(database.db, tenant, sku);
  if (!stock) throw notFoundError();
  return stock;
}

/** A tenant's stock by SKU; `after` is the last SKU of the page before. */
export async function readStockList(
  { database }: Deps,
  { tenant, limit, after }: { tenant: string; limit: number; after: string | null },
): Promise<ListPage<StockOfSku, string>> {
  return pageOf(await listStock(database.session, tenant, limit + 1, after), limit, ({ sku }) => sku);
}

/** A SKU's movements, newest first. */
export async function readMovements(
  { database }: Deps,
  { limit, after, ...of }: OfSku & { limit: number; after: Cursor | null },
): Promise<ListPage<StockMovement>> {
  const found = await listMovements(database.session, of, limit + 1, after);
  return pageOf(found, limit, ({ createdAt, id }) => ({ at: createdAt, id }));
}
