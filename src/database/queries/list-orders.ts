import type { ShownStatus } from "../../domain/status.js";
import { type ListedOrder, loadShown } from "../load-order.js";
import type { Session } from "../pool.js";

export const ORDER_SORTS = ["-createdAt", "createdAt", "-updatedAt", "updatedAt"] as const;
export type OrderSort = (typeof ORDER_SORTS)[number];

/** By the time of creation; else by that of the last change. */
export const isByCreation = (sort: OrderSort): boolean => sort.endsWith("createdAt");

export interface OrderFilter {
  statuses?: readonly ShownStatus[] | undefined;
  reference?: string | undefined;
  /** The customer's, without regard to case. */
  email?: string | undefined;
  /** The payment provider's id of the payment. */
  payment?: string | undefined;
  /** The id of a refund, ours or the payment provider's. */
  refund?: string | undefined;
  /** A carrier's tracking number, or the id of a shipment. */
  tracking?: string | undefined;
  createdAfter?: Date | undefined;
  createdBefore?: Date | undefined;
  updatedAfter?: Date | undefined;
}

/** A place in a list that is sorted by time, and by id among equals. */
export interface Cursor {
  at: Date;
  id: string;
}

interface Page {
  filter: OrderFilter;
  sort: OrderSort;
  limit: number;
  after: Cursor | null;
}

const HAS_ATTENTION = "exists (select from attentions where order_id = orders.id and resolved_at is null)";

/** A tenant's orders, at most `limit` of those after a cursor. Purged ones are not listed. */
export function listOrders(session: Session, tenant: string, page: Page): Promise<ListedOrder[]> {
  const { filter, sort, limit, after } = page;
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const [time, direction, beyond] = orderOf(sort);
  const owner = bind(tenant);
  const conditions = [`tenant = ${owner}`, "purged_at is null"];
  if (after) conditions.push(`(${time}, id) ${beyond} (${bind(after.at)}, ${bind(after.id)})`);
  if (filter.reference !== undefined) conditions.push(`reference = ${bind(filter.reference)}`);
  if (filter.email !== undefined) conditions.push(`email_hash = customer_email_hash(${owner}, ${bind(filter.email)})`);
  if (filter.payment !== undefined) conditions.push(`payment_reference = ${bind(filter.payment)}`);
  if (filter.refund !== undefined) conditions.push(isOneOf(refundOf(bind(filter.refund))));
  if (filter.tracking !== undefined) conditions.push(isOneOf(trackedAs(bind(filter.tracking))));
  if (filter.createdAfter) conditions.push(`created_at >= ${bind(filter.createdAfter)}`);
  if (filter.createdBefore) conditions.push(`created_at < ${bind(filter.createdBefore)}`);
  if (filter.updatedAfter) conditions.push(`updated_at >= ${bind(filter.updatedAfter)}`);
  const end = `order by ${time} ${direction}, id ${direction} limit ${bind(limit)}`;
  const places = (filter.statuses ?? []).map(statusCondition).map((place) => [...conditions, place].join(" and "));
  // Each status is read in its own order, so that a page costs its length and not what the statuses hold.
  const found =
    places.length > 1
      ? isOneOf(places.map((place) => `(select id from orders where ${place} ${end})`).join(" union all "))
      : (places[0] ?? conditions.join(" and "));
  return loadShown(session, `where ${found} ${end}`, values);
}

function orderOf(sort: OrderSort): [time: string, direction: "asc" | "desc", beyond: "<" | ">"] {
  const time = isByCreation(sort) ? "created_at" : "updated_at";
  return sort.startsWith("-") ? [time, "desc", "<"] : [time, "asc", ">"];
}

/** The rows are looked up first, whatever the planner thinks of their number. */
const isOneOf = (ids: string) => `id = any (array(${ids}))`;

const refundOf = (name: string) =>
  `select order_id from refunds where id = ${name} union all select order_id from refunds where provider_reference = ${name}`;

const trackedAs = (name: string) =>
  `select order_id from shipments where tracking_number = ${name} union all select order_id from shipments where id = ${name}`;

/**
 * By the status that is shown: an open order with an attention is found under `needs_attention` alone. The status is
 * part of the text, since how many have it decides how they are looked up.
 */
function statusCondition(status: ShownStatus): string {
  if (status === "needs_attention") return HAS_ATTENTION;
  return `status = '${status}' and (closed_at is not null or not ${HAS_ATTENTION})`;
}
