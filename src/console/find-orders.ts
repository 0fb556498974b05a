import type { components } from "../client/api-types.js";
import type { Order } from "../client/index.js";
import type { ConsoleApi } from "./console-api.js";

type OrderPage = components["schemas"]["OrderList"];

interface Found {
  order: Order;
  /** What of the order is what was searched for. */
  by: string;
}

export interface OrderSearch {
  found: Found[];
  /** What there are more orders by, and where they go on. */
  more: { by: string; cursor: string }[];
}

const ORDER_ID = /^ord_[a-z2-7]{32}$/;
/** What a name may be that is no id of an order and no email, and the filter of the list that finds it. */
const NAMES = {
  reference: "reference",
  payment: "payment",
  refund: "refund",
  tracking: "shipment",
} as const;
const ADDRESSES = { email: "email", reference: "reference" } as const;

/**
 * Orders that something typed may mean, newest first: an id, an email, a reference of the shop's or of a provider's. Where a
 * query names `by`, only those that it finds as this, from its `cursor` on.
 */
export async function findOrders(api: ConsoleApi, text: string, query: URLSearchParams): Promise<OrderSearch> {
  if (ORDER_ID.test(text)) {
    const order = await api.find<Order>(`/v1/orders/${text}`);
    return { found: order ? [{ order, by: "id" }] : [], more: [] };
  }
  const only = query.get("by");
  const cursor = only && query.get("cursor");
  const asked = Object.entries(text.includes("@") ? ADDRESSES : NAMES).filter(([, by]) => only === null || by === only);
  const pages = await Promise.all(
    asked.map(async ([filter, by]) => {
      const filtered = new URLSearchParams({ [filter]: text, limit: "25", ...(cursor && { cursor }) });
      const { items, nextCursor } = await api.get<OrderPage>(`/v1/orders?${filtered.toString()}`);
      return { by, items, nextCursor };
    }),
  );
  const found = new Map(pages.flatMap(({ by, items }) => items.map((order) => [order.id, { order, by }])));
  return {
    found: [...found.values()].sort((one, other) => (one.order.createdAt < other.order.createdAt ? 1 : -1)),
    more: pages.flatMap(({ by, nextCursor }) => (nextCursor === null ? [] : [{ by, cursor: nextCursor }])),
  };
}
