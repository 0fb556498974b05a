import { type FeedPlace, type PlacedEvent, readFeedAfter, readHorizon } from "../database/queries/feed-page.js";
import type { ServiceDeps } from "./service-deps.js";

export type { FeedPlace };

interface FeedPage {
  items: PlacedEvent[];
  /** Where to go on, whether there is more by now or not. */
  next: FeedPlace;
}

/** The events of all orders of a tenant after a place, oldest first; from the oldest on when `after` is null. */
export async function readFeed(
  { database }: Pick<ServiceDeps, "database">,
  { tenant, after, limit }: { tenant: string; after: FeedPlace | null; limit: number },
): Promise<FeedPage> {
  // Before the events: what is recorded between the two is after it.
  const here = after ?? (await readHorizon(database.session));
  const items = await readFeedAfter(database.session, tenant, after, limit);
  return { items, next: items.at(-1)?.place ?? here };
}
