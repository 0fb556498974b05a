import { getStock, setStock } from "../../services/set-stock.js";
import { readChecked } from "../read-keyed-request.js";
import { StockRequest } from "../schemas/commands.js";
import { parameterError } from "../schemas/list-queries.js";
import { Sku } from "../schemas/text.js";
import type { Route } from "./route.js";

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
