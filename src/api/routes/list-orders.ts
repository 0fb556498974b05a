import type { ShownStatus } from "../../domain/status.js";
import { presentOrder } from "../present-order.js";
import { checkQuery, fromCursor, OrderListQuery, toCursor } from "../schemas/order-list.js";
import type { Route } from "./route.js";

export const listOrdersRoute: Route = {
  method: "get",
  path: "/v1/orders",
  handle:
    ({ runUrl }, { listOrders }) =>
    async (c) => {
      const { cursor, limit, status, ...rest } = checkQuery(OrderListQuery, c.req.url);
      const filter = { ...rest, status: status as ShownStatus | undefined };
      const { items, next } = await listOrders(c.get("caller").tenant, filter, limit, fromCursor(cursor));
      return c.json({
        items: items.map((order) => presentOrder(order, runUrl)),
        nextCursor: next === null ? null : toCursor(next),
      });
    },
};
