import type { OrderBook } from "../src/database/order-book.js";
import { purgeClosed } from "../src/database/purge.js";

const BATCH = 200;
/** One activity purges so much; the next turn of the schedule goes on. */
const BATCHES = 50;
const DAY_MS = 86_400_000;

/** Retention (contract, section 6): orders whose time is over leave a tombstone. */
export function createPurgeActivities({ book, retentionDays }: { book: OrderBook; retentionDays: number | null }) {
  return {
    async purge(): Promise<{ purged: number }> {
      if (retentionDays === null) return { purged: 0 };
      const closedBefore = new Date(Date.now() - retentionDays * DAY_MS);
      let purged = 0;
      for (let batch = 0; batch < BATCHES; batch++) {
        const count = await purgeClosed(book.db, closedBefore, BATCH);
        purged += count;
        if (count < BATCH) break;
      }
      return { purged };
    },
  };
}
