import { streamSSE } from "hono/streaming";
import { ProblemError } from "../../domain/problem-error.js";
import { isFinal } from "../../domain/status.js";
import { awaitOrder } from "../../services/await-order.js";
import { readOrder, readOrderTimeline, type TimelineEvent } from "../../services/read-order.js";
import type { AppDeps } from "../app-deps.js";
import { takeStream } from "../tenant-streams.js";
import type { Route } from "./route.js";

/** A stream is alive so often, and ends so soon after its key was revoked. */
const HEARTBEAT_MS = 10_000;
/** How long a stream stays open after a final status, for what follows it. */
const LINGER_MS = 5_000;
const HEADERS = { "Content-Type": "text/event-stream", "Cache-Control": "no-store" };

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
    if (!(c.req.header("Accept") ?? "").includes("text/event-stream"))
      return c.json({ items: (await readOrderTimeline(deps, of)).map(presentEvent) });
    // The body of a HEAD is dropped unread, so that what writes it would never end.
    if (c.req.method === "HEAD") return c.body(null, 200, HEADERS);
    const free = takeStream(of.tenant);
    const from = /^[0-9]{1,9}$/.exec(c.req.header("Last-Event-ID") ?? "");
    const signal = AbortSignal.any([c.req.raw.signal, deps.stopping]);
    const isAllowed = c.get("isStillAllowed");
    const response = streamSSE(c, (stream) =>
      streamEvents(
        deps,
        { ...of, from: Number(from?.[0] ?? 0), isFinal: isFinal(order.status), signal, isAllowed },
        stream,
      ).finally(free),
    );
    // Hono would keep the connection although the caller asked to close it, and let caches keep the answer.
    for (const header of ["Connection", "Transfer-Encoding"]) response.headers.delete(header);
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
    return response;
  },
};

type Stream = Parameters<Parameters<typeof streamSSE>[1]>[0];

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
      // A stream outlasts a database that does not answer: it asks again with its next heartbeat.
      const found = await readOrderTimeline(deps, { ...of, after }).catch(noneIfUnavailable);
      return found.length > 0 ? found : null;
    };
    const events = await awaitOrder(deps, { orderId: of.orderId, timeoutMs, signal, arrived });
    for (const event of events ?? []) {
      last = event.id;
      const data = JSON.stringify(presentEvent(event));
      await stream.writeSSE({ id: String(event.id), event: event.type, data });
    }
    if (!events && endsAt === null) await stream.write(": keep-alive\n\n");
    if (!(await isAllowed())) return;
    if (events && endsAt === null && isFinal((await readOrder(deps, of)).order.status)) endsAt = Date.now() + LINGER_MS;
  }
}

function noneIfUnavailable(error: unknown): TimelineEvent[] {
  if (error instanceof ProblemError && error.code === "unavailable") return [];
  throw error;
}

function presentEvent({ id, type, at, actor, data }: TimelineEvent) {
  return { id, type, at: at.toISOString(), actor, data };
}
