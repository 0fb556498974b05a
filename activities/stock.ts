import type { OrderBook } from "../src/book/order-book.js";
import { reserveOrder } from "../src/book/reserve-order.js";
import type { OrderFacts } from "../src/order/order-facts.js";

/** The shelf: taken by the first step; given back where an order ends without leaving (src/book/end-order.ts). */
export function createStockActivities({ book }: { book: OrderBook }) {
  return {
    /** null: another run serves this order. */
    async reserve({ orderId, runId }: { orderId: string; runId: string }): Promise<OrderFacts | null> {
      let mine = true;
      const facts = await book.changeForRun(orderId, async (order) => {
        mine = await reserveOrder(order, runId);
      });
      return mine ? facts : null;
    },
  };
}
