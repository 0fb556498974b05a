import type { Database } from "../src/database/database.js";
import { closedOrders } from "../src/database/queries/closed-orders.js";
import { deleteOldDeliveries } from "../src/database/queries/webhook-deliveries.js";
import { forgetDeletedEndpoints } from "../src/database/queries/webhook-endpoints.js";
import { deleteUnknownEvents } from "../src/database/queries/unknown-events.js";
import { updateOrder } from "../src/database/update-order.js";
import { UNCHANGED } from "../src/domain/change.js";
import { FEED_DAYS } from "../src/domain/feed-event.js";
import { isPurgeable, purge } from "../src/domain/rules/purge.js";

const BATCH = 200;
/** One activity goes over so many; the next run of the schedule goes on. */
const MAX_ORDERS = 10_000;
const DELIVERIES = 1_000;
const MAX_DELIVERIES = 200_000;
const DAY_MS = 86_400_000;

interface Deps {
  database: Database;
  /** Days an order is kept after it closed; null keeps it forever. */
  retentionDays: number | null;
}

/** Retention (contract, section 6): orders whose time is over leave a tombstone. */
export function createHousekeepingActivities({ database, retentionDays }: Deps) {
  return {
    async purge(): Promise<{ purged: number }> {
      await deleteDeliveries(database, new Date(Date.now() - FEED_DAYS * DAY_MS));
      if (retentionDays === null) return { purged: 0 };
      const closedBefore = new Date(Date.now() - retentionDays * DAY_MS);
      await purgeUnknownEvents(database, closedBefore, MAX_ORDERS);
      return { purged: await purgeClosed(database, closedBefore, MAX_ORDERS) };
    },
  };
}

/** Deletes webhook deliveries of events before a time, and what is left of endpoints that were deleted. */
async function deleteDeliveries({ session }: Database, before: Date): Promise<void> {
  for (let deleted = 0; deleted < MAX_DELIVERIES;) {
    const count = await deleteOldDeliveries(session, before, DELIVERIES);
    if (count < DELIVERIES) break;
    deleted += count;
  }
  await forgetDeletedEndpoints(session);
}

/** Deletes provider events of no order of ours that came before a time, at most `limit`; answers how many. */
export async function purgeUnknownEvents({ db }: Database, receivedBefore: Date, limit: number): Promise<number> {
  let purged = 0;
  while (purged < limit) {
    const deleted = await deleteUnknownEvents(db, receivedBefore, BATCH);
    purged += deleted;
    if (deleted < BATCH) break;
  }
  return purged;
}

/** Purges orders that closed before a time and owe nothing, at most `limit`; answers how many. */
export async function purgeClosed(
  database: Database,
  closedBefore: Date,
  limit: number,
  onBatch: (purged: number) => void = () => {},
): Promise<number> {
  let purged = 0;
  let after: { closedAt: Date; id: string } | null = null;
  while (purged < limit) {
    const batch: { id: string; closedAt: Date }[] = await closedOrders(database.db, closedBefore, after, BATCH);
    for (const { id } of batch) if (await purgeOrder(database, id)) purged++;
    onBatch(purged);
    const last = batch.at(-1);
    if (!last || batch.length < BATCH) break;
    after = last;
  }
  return purged;
}

async function purgeOrder(database: Database, id: string): Promise<boolean> {
  let isPurged = false;
  await updateOrder(database, id, (order, now) => {
    isPurged = isPurgeable(order);
    return isPurged ? purge(now) : UNCHANGED;
  });
  return isPurged;
}
