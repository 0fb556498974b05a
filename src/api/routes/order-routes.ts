import { readOrder } from "../../services/read-order.js";
import { presentOrder } from "../present-order.js";
import type { Route } from "./route.js";

export const readOrderRoute: Route = {
  method: "get",
  path: "/v1/orders/:id",
  handle: (deps) => async (c) => {
    const { tenant } = c.get("principal");
    const loaded = await readOrder(deps, { tenant, orderId: c.req.param("id") ?? "" });
    c.set("orderId", loaded.order.id);
    return c.json(presentOrder(loaded, deps.runUrl));
  },
};
