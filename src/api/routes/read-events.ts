import { isFinal } from "../../domain/status.js";
import { awaitOrder } from "../../services/await-order.js";
import { readOrder, readOrderTimeline, type TimelineEvent } from "../../services/read-order.js";
import type { AppDeps } from "../app-deps.js";
import { asksForStream, HEARTBEAT_MS, openStream, type Stream } from "../open-stream.js";
import { nullIfUnavailable } from "../../domain/problem-error.js";
import type { Route } from "./route.js";

/** How long a stream stays open after a final status, for what follows it. */
const LINGER_MS = 5_000;

interface Following {
  tenant: string;
  orderId: string;
  /** The last event that the caller has. */
  from: number;
  isFinal: boolean;
  signal: AbortSignal;
  isAllowed(): Promise<boolean>;
}

/** The timeline, as a list or, for `Accept: text/event-stream`, live. */
export const readEventsRoute: Route = {
  method: "get",
  path: "/v1/orders/:id/events",
  handle: (deps) => async (c) => {
    const of = { tenant: c.get("principal").tenant, orderId: c.req.param("id") ?? "" };
    const { order } = await readOrder(deps, of);
    c.set("orderId", of.orderId);
    if (!asksForStream(c)) return c.json({ items: (await readOrderTimeline(deps, of)).map(presentEvent) });
    const from = /^[0-9]{1,9}$/.exec(c.req.header("Last-Event-ID") ?? "");
    const isAllowed = c.get("isStillAllowed");
    return openStream(c, deps, (stream, signal) =>
      streamEvents(
        deps,
        { ...of, from: Number(from?.[0] ?? 0), isFinal: isFinal(order.status), signal, isAllowed },
        stream,
      ),
    );
  },
};

async function streamEvents(
  deps: AppDeps,
  { from, isFinal: isFinalAlready, signal, isAllowed, ...of }: Following,
  stream: Stream,
): Promise<void> {
  let last = from;
  let endsAt = isFinalAlready ? Date.now() + LINGER_MS : null;
  while (!signal.aborted && (endsAt === null || Date.now() < endsAt)) {
    const after = last;
    const timeoutMs = endsAt === null ? HEARTBEAT_MS : endsAt - Date.now();
    const arrived = async () => {
      const found = await readOrderTimeline(deps, { ...of, after }).catch(nullIfUnavailable);
      return found && found.length > 0 ? found : null;
    };
    const events = await awaitOrder(deps, { orderId: of.orderId, timeoutMs, signal, arrived });
    for (const event of events ?? []) {
      last = event.id;
      const data = JSON.stringify(presentEvent(event));
      await stream.writeSSE({ id: String(event.id), event: event.type, data });
    }
    if (!events && endsAt === null) await stream.write(": keep-alive\n\n");
    if ((await isAllowed().catch(nullIfUnavailable)) === false) return;
    if (events && endsAt === null && isFinal((await readOrder(deps, of)).order.status)) endsAt = Date.now() + LINGER_MS;
  }
}

function presentEvent({ id, type, at, actor, data }: TimelineEvent) {
  return { id, type, at: at.toISOString(), actor, data };
}
