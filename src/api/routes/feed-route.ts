import type { FeedEvent } from "../../domain/feed-event.js";
import { awaitEvents } from "../../services/await-order.js";
import { type FeedPlace, readFeed } from "../../services/read-feed.js";
import type { AppDeps } from "../app-deps.js";
import { fromFeedCursor, toFeedCursor } from "../feed-cursor.js";
import { asksForStream, HEARTBEAT_MS, openStream, type Stream } from "../open-stream.js";
import { nullIfUnavailable } from "../../domain/problem-error.js";
import { FeedQuery } from "../schemas/feed.js";
import { checkQuery, parameterError } from "../schemas/check-query.js";
import { MOST_ITEMS } from "../schemas/list-queries.js";
import type { Route } from "./route.js";

/** The events of all orders of the tenant, as pages or, for `Accept: text/event-stream`, live. */
export const readFeedRoute: Route = {
  method: "get",
  path: "/v1/events",
  isPage: true,
  handle: (deps) => async (c) => {
    const { after, limit } = checkQuery(FeedQuery, c.req.url);
    const { tenant } = c.get("principal");
    if (asksForStream(c)) {
      const from = placeOf(c.req.header("Last-Event-ID") || after, "Last-Event-ID");
      const isAllowed = c.get("isStillAllowed");
      return openStream(c, deps, (stream, signal) => streamFeed(deps, { tenant, from, signal, isAllowed }, stream));
    }
    const { items, next } = await readFeed(deps, { tenant, after: placeOf(after, "after"), limit });
    return c.json({ items: items.map(presentFeedEvent), nextCursor: toFeedCursor(next) });
  },
};

function placeOf(cursor: string | undefined, name: string): FeedPlace | null {
  if (cursor === undefined) return null;
  const place = fromFeedCursor(cursor);
  if (!place) throw parameterError(name, "is not a cursor of this feed");
  return place;
}

interface Following {
  tenant: string;
  /** The last event that the caller has. */
  from: FeedPlace | null;
  signal: AbortSignal;
  isAllowed(): Promise<boolean>;
}

async function streamFeed(
  deps: AppDeps,
  { tenant, from, signal, isAllowed }: Following,
  stream: Stream,
): Promise<void> {
  let last = from;
  while (!signal.aborted) {
    const after = last;
    const arrived = async () => {
      const page = await readFeed(deps, { tenant, after, limit: MOST_ITEMS }).catch(nullIfUnavailable);
      return page && page.items.length > 0 ? page.items : null;
    };
    const events = await awaitEvents(deps, { tenant, timeoutMs: HEARTBEAT_MS, signal, arrived });
    for (const event of events ?? []) {
      last = event.place;
      const data = JSON.stringify(presentFeedEvent(event));
      await stream.writeSSE({ id: toFeedCursor(event.place), event: event.type, data });
    }
    if (!events) await stream.write(": keep-alive\n\n");
    if ((await isAllowed().catch(nullIfUnavailable)) === false) return;
  }
}

function presentFeedEvent({ id, type, occurredAt, orderId, status, shipmentId, refundId }: FeedEvent) {
  return { id, type, occurredAt: occurredAt.toISOString(), orderId, status, shipmentId, refundId };
}
