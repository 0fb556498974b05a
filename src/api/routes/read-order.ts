import { presentOrder } from "../present-order.js";
import type { Route } from "./route.js";

export const readOrderRoute: Route = {
  method: "get",
  path: "/v1/orders/:id",
  handle:
    ({ runUrl }, { readOrder }) =>
    async (c) => {
      const order = await readOrder(c.get("caller").tenant, c.req.param("id") ?? "");
      c.set("orderId", order.id);
      return c.json(presentOrder(order, runUrl));
    },
};
