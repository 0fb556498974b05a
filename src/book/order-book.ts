import type { OrderFacts } from "../order/order-facts.js";
import type { Bell } from "./bell.js";
import { type Book, reachingTheBook } from "./open-book.js";
import { lockOrder, type OpenOrder } from "./open-order.js";
import { readFacts } from "./order-facts-query.js";

export interface OrderBook extends Book {
  bell: Bell;
  /** Changes an order under its lock; null when there is none. What is thrown inside undoes all of it. */
  change<T>(orderId: string, work: (order: OpenOrder) => Promise<T>): Promise<T | null>;
  /** The same for a run, which gets the facts as they stand afterwards, read without the lock. */
  changeForRun(orderId: string, work: (order: OpenOrder) => Promise<void>): Promise<OrderFacts>;
}

export function createOrderBook(book: Book, bell: Bell): OrderBook {
  const change = async <T>(orderId: string, work: (order: OpenOrder) => Promise<T>): Promise<T | null> => {
    const result = await reachingTheBook(() =>
      book.db.transaction().execute(async (trx) => {
        const order = await lockOrder(trx, orderId);
        if (!order) return null;
        const value = await work(order);
        await order.write();
        return { value };
      }),
    );
    if (result === null) return null;
    bell.ring("idem_orders", orderId);
    return result.value;
  };

  return {
    ...book,
    bell,
    change,
    async changeForRun(orderId, work) {
      const changed = await change(orderId, async (order) => {
        await work(order);
        return true;
      });
      const facts = changed && (await reachingTheBook(() => readFacts(book.db, orderId)));
      if (!facts) throw new Error("an order that has a run is not in the book");
      return facts;
    },
    async close() {
      await bell.close();
      await book.close();
    },
  };
}
