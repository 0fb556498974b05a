import { moveStock } from "../../services/move-stock.js";
import { getStock, readMovements, readStockList } from "../../services/read-stock.js";
import { setStock } from "../../services/set-stock.js";
import { presentMovement } from "../present-movement.js";
import { readChecked, readKeyed } from "../read-keyed-request.js";
import { MovementRequest, StockRequest } from "../schemas/commands.js";
import { checkQuery, parameterError } from "../schemas/check-query.js";
import { fromSkuCursor, MOVEMENT_CURSORS, StockListQuery, toSkuCursor } from "../schemas/stock-queries.js";
import { Sku } from "../schemas/text.js";
import type { Route } from "./route.js";
import { markReplayed } from "../replayed-answer.js";

const checkSku = (sku: string | undefined): string => {
  const checked = Sku.safeParse(sku);
  if (!checked.success) throw parameterError("sku", "must have 1 to 100 characters");
  return checked.data;
};

export const setStockRoute: Route = {
  method: "put",
  path: "/v1/stock/:sku",
  role: "merchant",
  handle: (deps) => async (c) => {
    const request = await readChecked(c, StockRequest);
    const { tenant } = c.get("principal");
    return c.json(await setStock(deps, { tenant, sku: checkSku(c.req.param("sku")), request }));
  },
};

export const readStockRoute: Route = {
  method: "get",
  path: "/v1/stock/:sku",
  role: "merchant",
  handle: (deps) => async (c) => {
    const { tenant } = c.get("principal");
    return c.json(await getStock(deps, { tenant, sku: checkSku(c.req.param("sku")) }));
  },
};

export const listStockRoute: Route = {
  method: "get",
  path: "/v1/stock",
  isPage: true,
  handle: (deps) => async (c) => {
    const { cursor, limit } = checkQuery(StockListQuery, c.req.url);
    const { tenant } = c.get("principal");
    const { items, next } = await readStockList(deps, { tenant, limit, after: fromSkuCursor(cursor) });
    return c.json({ items, nextCursor: next && toSkuCursor(next) });
  },
};

export const moveStockRoute: Route = {
  method: "post",
  path: "/v1/stock/:sku/movements",
  role: "merchant",
  handle: (deps) => async (c) => {
    const sku = c.req.param("sku") ?? "";
    const scope = { operation: "move-stock", parentId: sku } as const;
    const request = await readKeyed(c, { scope, schema: MovementRequest });
    const { movement, replayed } = await moveStock(deps, { sku: checkSku(sku), request });
    markReplayed(c, replayed);
    return c.json(presentMovement(movement));
  },
};

export const listMovementsRoute: Route = {
  method: "get",
  path: "/v1/stock/:sku/movements",
  isPage: true,
  handle: (deps) => async (c) => {
    const { cursor, limit } = checkQuery(StockListQuery, c.req.url);
    const { tenant } = c.get("principal");
    const of = { tenant, sku: checkSku(c.req.param("sku")) };
    const { items, next } = await readMovements(deps, { ...of, limit, after: MOVEMENT_CURSORS.open(cursor) });
    return c.json({ items: items.map(presentMovement), nextCursor: next && MOVEMENT_CURSORS.seal(next) });
  },
};
