import type { ShownStatus } from "../../domain/status.js";
import { type LoadedOrder, loadOrders } from "../load-order.js";
import type { Session } from "../pool.js";

export interface OrderFilter {
  status?: ShownStatus | undefined;
  reference?: string | undefined;
  createdAfter?: Date | undefined;
  createdBefore?: Date | undefined;
}

/** A place in a list that is sorted by time, and by id among equals. */
export interface Cursor {
  at: Date;
  id: string;
}

const HAS_ATTENTION = "exists (select from attentions where order_id = orders.id and resolved_at is null)";

/** A tenant's orders, newest first, at most `limit` of those after a cursor. Purged ones are not listed. */
export function listOrders(
  session: Session,
  tenant: string,
  filter: OrderFilter,
  limit: number,
  after: Cursor | null,
): Promise<LoadedOrder[]> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = [`tenant = ${bind(tenant)}`, "purged_at is null"];
  if (after) conditions.push(`(created_at, id) < (${bind(after.at)}, ${bind(after.id)})`);
  if (filter.reference !== undefined) conditions.push(`reference = ${bind(filter.reference)}`);
  if (filter.createdAfter) conditions.push(`created_at >= ${bind(filter.createdAfter)}`);
  if (filter.createdBefore) conditions.push(`created_at < ${bind(filter.createdBefore)}`);
  if (filter.status !== undefined) conditions.push(statusCondition(filter.status, bind));
  const where = `where ${conditions.join(" and ")} order by created_at desc, id desc limit ${bind(limit)}`;
  return loadOrders(session, where, values);
}

/** By the status that is shown: an open order with an attention is found under `needs_attention` alone. */
function statusCondition(status: ShownStatus, bind: (value: unknown) => string): string {
  if (status === "needs_attention") return HAS_ATTENTION;
  return `status = ${bind(status)} and (closed_at is not null or not ${HAS_ATTENTION})`;
}
