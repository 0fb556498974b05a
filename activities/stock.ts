import type { OrderBook } from "../src/database/order-book.js";
import { reserveOrder } from "../src/database/reserve-order.js";
import { StockMoved } from "../src/database/stock.js";
import type { OrderFacts } from "../src/domain/order-snapshot.js";

/** The shelf: taken by the first step; given back where an order ends without leaving (src/book/end-order.ts). */
export function createStockActivities({ book }: { book: OrderBook }) {
  return {
    /** null: another run serves this order. */
    async reserve({ orderId, runId }: { orderId: string; runId: string }): Promise<OrderFacts | null> {
      let mine = true;
      const facts = await patiently(() =>
        book.changeForRun(orderId, async (order) => {
          mine = await reserveOrder(order, runId);
        }),
      );
      return mine ? facts : null;
    },
  };
}

/** How often an order looks again when others took the units it saw. */
const TRIES = 10;

export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StockMoved) || left <= 1) throw error;
    }
  }
}
