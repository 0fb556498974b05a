import { readAttentions, readOrders } from "../../services/read-lists.js";
import { ITEMS_OF_ONE } from "../middleware/rate-limit.js";
import { inTurn } from "../tenant-turns.js";
import { presentOpenAttention, presentOrder } from "../present-order.js";
import {
  AttentionListQuery,
  checkQuery,
  fromCursor,
  OrderListQuery,
  sortedBy,
  sortOf,
  toCursor,
} from "../schemas/list-queries.js";
import type { Route } from "./route.js";

export const listOrdersRoute: Route = {
  method: "get",
  path: "/v1/orders",
  handle: (deps) => async (c) => {
    const query = checkQuery(OrderListQuery, c.req.url);
    const { cursor, limit, status: statuses, ...filter } = query;
    const sort = sortOf(query);
    const { tenant } = c.get("principal");
    const makePage = async () => {
      const page = { tenant, sort, limit, filter: { ...filter, statuses }, after: fromCursor(cursor, sortedBy(sort)) };
      const { items, next } = await readOrders(deps, page);
      return {
        items: items.map((order) => presentOrder(order, deps.runUrl)),
        nextCursor: next && toCursor(next, sortedBy(sort)),
      };
    };
    return c.json(await (limit > ITEMS_OF_ONE ? inTurn(tenant, makePage) : makePage()));
  },
};

export const listAttentionsRoute: Route = {
  method: "get",
  path: "/v1/attentions",
  role: "operator",
  handle: (deps) => async (c) => {
    const { cursor, limit, ...filter } = checkQuery(AttentionListQuery, c.req.url);
    const { tenant } = c.get("principal");
    const { items, next } = await readAttentions(deps, { tenant, filter, limit, after: fromCursor(cursor) });
    return c.json({ items: items.map(presentOpenAttention), nextCursor: next && toCursor(next) });
  },
};
