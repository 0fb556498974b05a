import { type LoadedOrder, loadOrder } from "../database/load-order.js";
import { findRefund, listRefunds, type RefundRow } from "../database/queries/find-refund.js";
import { readTimeline, type TimelineEvent } from "../database/queries/read-timeline.js";
import { isOrderId } from "../idempotency/derived-ids.js";
import { notFoundError, orderPurgedError } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

export type { LoadedOrder, RefundRow, TimelineEvent };

type Deps = Pick<ServiceDeps, "database">;

interface OfOrder {
  tenant: string;
  orderId: string;
}

/** Reads ask the database alone: they work with every worker and Temporal away, and change nothing (M5). */
export async function readOrder({ database }: Deps, { tenant, orderId }: OfOrder): Promise<LoadedOrder> {
  const loaded = isOrderId(orderId) ? await loadOrder(database.session, orderId) : null;
  if (!loaded || loaded.order.tenant !== tenant) throw notFoundError();
  if (loaded.order.purgedAt !== null) throw orderPurgedError();
  return loaded;
}

/** The order's events after the event `after`, oldest first. */
export async function readOrderTimeline(
  deps: Deps,
  { after = 0, ...order }: OfOrder & { after?: number },
): Promise<TimelineEvent[]> {
  await readOrder(deps, order);
  return readTimeline(deps.database.db, order.orderId, after);
}

export async function readOrderRefunds(deps: Deps, order: OfOrder): Promise<RefundRow[]> {
  await readOrder(deps, order);
  return listRefunds(deps.database.session, order.orderId);
}

export async function readRefund(
  deps: Deps,
  { refundId, ...order }: OfOrder & { refundId: string },
): Promise<RefundRow> {
  await readOrder(deps, order);
  const refund = /^ref_[a-z2-7]{32}$/.test(refundId) ? await findRefund(deps.database.session, refundId) : null;
  if (!refund || refund.order_id !== order.orderId) throw notFoundError();
  return refund;
}
