import { readAttentions, readOrders } from "../../services/read-lists.js";
import { inTurn } from "../tenant-turns.js";
import { presentOpenAttention, presentOrder } from "../present-order.js";
import { checkQuery } from "../schemas/check-query.js";
import {
  ATTENTION_CURSORS,
  AttentionListQuery,
  orderCursors,
  OrderListQuery,
  sortOf,
} from "../schemas/list-queries.js";
import type { Route } from "./route.js";

/** A page of more orders is made when it is its tenant's turn. */
const LONG_PAGE = 25;

export const listOrdersRoute: Route = {
  method: "get",
  path: "/v1/orders",
  isPage: true,
  handle: (deps) => async (c) => {
    const query = checkQuery(OrderListQuery, c.req.url);
    const { cursor, limit, status: statuses, ...filter } = query;
    const sort = sortOf(query);
    const cursors = orderCursors(sort);
    const { tenant } = c.get("principal");
    const makePage = async () => {
      const page = { tenant, sort, limit, filter: { ...filter, statuses }, after: cursors.open(cursor) };
      const { items, next } = await readOrders(deps, page);
      return {
        items: items.map((order) => presentOrder(order, deps.runUrl)),
        nextCursor: next && cursors.seal(next),
      };
    };
    return c.json(await (limit > LONG_PAGE ? inTurn(tenant, makePage) : makePage()));
  },
};

export const listAttentionsRoute: Route = {
  method: "get",
  path: "/v1/attentions",
  role: "operator",
  isPage: true,
  handle: (deps) => async (c) => {
    const { cursor, limit, ...filter } = checkQuery(AttentionListQuery, c.req.url);
    const { tenant } = c.get("principal");
    const { items, next } = await readAttentions(deps, {
      tenant,
      filter,
      limit,
      after: ATTENTION_CURSORS.open(cursor),
    });
    return c.json({ items: items.map(presentOpenAttention), nextCursor: next && ATTENTION_CURSORS.seal(next) });
  },
};
