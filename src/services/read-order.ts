import { reachingTheBook } from "../database/pool.js";
import type { OrderBook } from "../database/order-book.js";
import { type ListFilter, listOrders, type OrderView, type Place, viewOrder } from "../database/order-view.js";
import { findRefund, listRefunds, type RefundRow } from "../database/refunds.js";
import { readTimeline, type TimelineEvent } from "../database/timeline.js";
import { isOrderId } from "../idempotency/derived-ids.js";
import { purged, unknownOrder } from "./keyed-request.js";

/** Reads ask the book alone: they work with every worker and Temporal away, and change nothing (E5 of the mission). */
export function createReaders(book: OrderBook) {
  const { db } = book;

  const readOrder = async (tenant: string, orderId: string): Promise<OrderView> => {
    const order = isOrderId(orderId) ? await reachingTheBook(() => viewOrder(db, orderId)) : null;
    if (!order || order.tenant !== tenant) throw unknownOrder();
    if (order.purged_at !== null) throw purged();
    return order;
  };

  return {
    readOrder,

    async listOrders(tenant: string, filter: ListFilter, limit: number, behind: Place | null) {
      const rows = await reachingTheBook(() => listOrders(db, tenant, filter, limit + 1, behind));
      const items = rows.slice(0, limit);
      const last = rows.length > limit ? items.at(-1) : undefined;
      return { items, next: last ? { createdAt: last.created_at, seq: last.seq } : null };
    },

    async readTimeline(tenant: string, orderId: string, after = 0): Promise<TimelineEvent[]> {
      await readOrder(tenant, orderId);
      return reachingTheBook(() => readTimeline(db, orderId, after));
    },

    async listRefunds(tenant: string, orderId: string): Promise<RefundRow[]> {
      await readOrder(tenant, orderId);
      return reachingTheBook(() => listRefunds(db, orderId));
    },

    async readRefund(tenant: string, orderId: string, refundId: string): Promise<RefundRow> {
      await readOrder(tenant, orderId);
      const refund = await reachingTheBook(() => findRefund(db, refundId));
      if (!refund || refund.order_id !== orderId) throw unknownOrder();
      return refund;
    },
  };
}

export type Readers = ReturnType<typeof createReaders>;
