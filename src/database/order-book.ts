import type { OrderFacts } from "../domain/order-snapshot.js";
import type { Bell } from "./notifier.js";
import { type Book, reachingTheBook } from "./pool.js";
import { lockOrder, NeedsLock, OpenOrder, type SeenOrder } from "./open-order.js";
import { readFacts } from "./order-facts-query.js";

export interface OrderBook extends Book {
  bell: Bell;
  /** Changes an order under its lock; null when there is none. What is thrown inside undoes all of it. */
  change<T>(orderId: string, work: (order: OpenOrder) => Promise<T>): Promise<T | null>;
  /**
   * Changes an order as it was seen, in one statement; null when something else had changed it or the change needs its
   * lock: then it was made under the lock. `work` may be done twice and has no effect but on the order. Of several such
   * changes in a row the caller rings the bell, once somebody may want to hear.
   */
  changeAsSeen(seen: SeenOrder, work: (order: OpenOrder) => Promise<void>): Promise<SeenOrder | null>;
  /** The facts that a run goes by, as they stand. */
  facts(orderId: string): Promise<OrderFacts>;
  /** The same as {@link change} for a run, which gets the facts as they stand afterwards, read without the lock. */
  changeForRun(orderId: string, work: (order: OpenOrder) => Promise<void>): Promise<OrderFacts>;
}

export function createOrderBook(book: Book, bell: Bell): OrderBook {
  const change = async <T>(orderId: string, work: (order: OpenOrder) => Promise<T>): Promise<T | null> => {
    const result = await reachingTheBook(() =>
      book.db.transaction().execute(async (trx) => {
        const order = await lockOrder(trx, orderId);
        if (!order) return null;
        const value = await work(order);
        if (!(await order.write())) throw new Error("an order changed under its own lock");
        return { value };
      }),
    );
    if (result === null) return null;
    bell.ring("idem_orders", orderId);
    return result.value;
  };

  const changeAsSeen: OrderBook["changeAsSeen"] = async (seen, work) => {
    const order = OpenOrder.asSeen(book.db, seen);
    try {
      await work(order);
      const written = await reachingTheBook(() => order.write());
      if (written) return written;
    } catch (error) {
      if (!(error instanceof NeedsLock) && !isDuplicate(error)) throw error;
    }
    await change(order.id, work);
    return null;
  };

  const facts: OrderBook["facts"] = async (orderId) => {
    const found = await reachingTheBook(() => readFacts(book.db, orderId));
    if (!found) throw missing();
    return found;
  };

  return {
    ...book,
    bell,
    change,
    facts,
    changeAsSeen,
    async changeForRun(orderId, work) {
      const changed = await change(orderId, async (order) => {
        await work(order);
        return true;
      });
      if (!changed) throw missing();
      return facts(orderId);
    },
    async close() {
      await bell.close();
      await book.close();
    },
  };
}

function missing(): Error {
  return new Error("an order that has a run is not in the book");
}

const UNIQUE_VIOLATION = "23505";

/** What was noted as new stands already. */
function isDuplicate(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === UNIQUE_VIOLATION;
}
