import type { components } from "../client/api-types.js";
import type { Order } from "../client/index.js";
import type { ConsoleApi } from "./console-api.js";

type OrderPage = components["schemas"]["OrderList"];

export interface Found {
  order: Order;
  /** What of the order is what was searched for. */
  by: string;
}

const ORDER_ID = /^ord_[a-z2-7]{32}$/;
/** What a name may be that is no id of an order and no email, and the filter of the list that finds it. */
const NAMES = {
  reference: "reference",
  payment: "payment",
  refund: "refund",
  tracking: "shipment",
} as const;

/** Orders that something typed may mean, newest first: an id, an email, a reference of the shop's or of a provider's. */
export async function findOrders(api: ConsoleApi, text: string): Promise<Found[]> {
  if (ORDER_ID.test(text)) {
    const order = await api.find<Order>(`/v1/orders/${text}`);
    return order ? [{ order, by: "id" }] : [];
  }
  const asked = text.includes("@") ? Object.entries({ email: "email", reference: "reference" }) : Object.entries(NAMES);
  const pages = await Promise.all(
    asked.map(async ([filter, by]) => {
      const query = new URLSearchParams({ [filter]: text, limit: "25" });
      const { items } = await api.get<OrderPage>(`/v1/orders?${query.toString()}`);
      return items.map((order): Found => ({ order, by }));
    }),
  );
  const found = new Map(pages.flat().map((one) => [one.order.id, one]));
  return [...found.values()].sort((one, other) => (one.order.createdAt < other.order.createdAt ? 1 : -1));
}
