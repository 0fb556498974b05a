import type { AttentionCause } from "../domain/attention.js";
import type { ListedOrder, ShownOrder } from "../database/load-order.js";
import { listAttentions, type OpenAttention } from "../database/queries/list-attentions.js";
import {
  type Cursor,
  isByCreation,
  listOrders,
  ORDER_SORTS,
  type OrderFilter,
  type OrderSort,
} from "../database/queries/list-orders.js";
import type { ServiceDeps } from "./service-deps.js";

export { isByCreation, ORDER_SORTS };
export type { Cursor, ListedOrder, OpenAttention, OrderFilter, OrderSort, ShownOrder };

type Deps = Pick<ServiceDeps, "database">;

interface PageOf<Filter> {
  tenant: string;
  filter: Filter;
  limit: number;
  after: Cursor | null;
}

export interface ListPage<Item, Place = Cursor> {
  items: Item[];
  /** Where the next page starts; null for the last one. */
  next: Place | null;
}

/** A tenant's orders. */
export async function readOrders(
  { database }: Deps,
  { tenant, filter, sort, limit, after }: PageOf<OrderFilter> & { sort: OrderSort },
): Promise<ListPage<ListedOrder>> {
  const found = await listOrders(database.session, tenant, { filter, sort, limit: limit + 1, after });
  const timeOf = ({ createdAt, updatedAt }: ListedOrder) => (isByCreation(sort) ? createdAt : updatedAt);
  return pageOf(found, limit, (listed) => ({ at: timeOf(listed), id: listed.order.id }));
}

/** A tenant's open attentions, oldest first. */
export async function readAttentions(
  { database }: Deps,
  { tenant, filter, limit, after }: PageOf<{ cause?: AttentionCause | undefined }>,
): Promise<ListPage<OpenAttention>> {
  const found = await listAttentions(database.db, tenant, filter, limit + 1, after);
  return pageOf(found, limit, ({ since, id }) => ({ at: since, id }));
}

/** One more than the limit was read, to know whether there are more. */
export function pageOf<Item, Place>(
  found: readonly Item[],
  limit: number,
  placeOf: (item: Item) => Place,
): ListPage<Item, Place> {
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, next: last ? placeOf(last) : null };
}
