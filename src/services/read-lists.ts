import type { AttentionCause } from "../domain/attention.js";
import type { LoadedOrder } from "../database/load-order.js";
import { listAttentions, type OpenAttention } from "../database/queries/list-attentions.js";
import { type Cursor, listOrders, type OrderFilter } from "../database/queries/list-orders.js";
import type { ServiceDeps } from "./service-deps.js";

export type { Cursor, LoadedOrder, OpenAttention, OrderFilter };

type Deps = Pick<ServiceDeps, "database">;

interface PageOf<Filter> {
  tenant: string;
  filter: Filter;
  limit: number;
  after: Cursor | null;
}

export interface ListPage<Item> {
  items: Item[];
  /** Where the next page starts; null for the last one. */
  next: Cursor | null;
}

/** A tenant's orders, newest first. */
export async function readOrders({ database }: Deps, page: PageOf<OrderFilter>): Promise<ListPage<LoadedOrder>> {
  const { tenant, filter, limit, after } = page;
  const found = await listOrders(database.session, tenant, filter, limit + 1, after);
  return pageOf(found, limit, ({ createdAt, order }) => ({ at: createdAt, id: order.id }));
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
export function pageOf<Item>(found: readonly Item[], limit: number, cursorOf: (item: Item) => Cursor): ListPage<Item> {
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, next: last ? cursorOf(last) : null };
}
