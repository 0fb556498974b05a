import { streamSSE } from "hono/streaming";
import type { TimelineEvent } from "../../database/timeline.js";
import { isFinal } from "../../domain/status.js";
import { awaitOrder } from "../../services/await-order.js";
import type { Route } from "./route.js";

const HEARTBEAT_MS = 15_000;
/** How long a stream stays open behind a final status, for what follows it. */
const LINGER_MS = 5_000;

/** The timeline, as a list or, for `Accept: text/event-stream`, live. */
export const readEventsRoute: Route = {
  method: "get",
  path: "/v1/orders/:id/events",
  handle:
    ({ book, stopping }, { readOrder, readTimeline }) =>
    async (c) => {
      const { tenant } = c.get("caller");
      const order = await readOrder(tenant, c.req.param("id") ?? "");
      c.set("orderId", order.id);
      if (!(c.req.header("Accept") ?? "").includes("text/event-stream")) {
        return c.json({ items: (await readTimeline(tenant, order.id)).map(presentEvent) });
      }
      const from = /^[0-9]{1,9}$/.exec(c.req.header("Last-Event-ID") ?? "");
      const signal = AbortSignal.any([c.req.raw.signal, stopping]);
      const response = streamSSE(c, async (stream) => {
        let last = Number(from?.[0] ?? 0);
        let endsAt: number | null = null;
        while (!signal.aborted && (endsAt === null || Date.now() < endsAt)) {
          const after = last;
          const timeoutMs = endsAt === null ? HEARTBEAT_MS : endsAt - Date.now();
          const events = await awaitOrder(book, order.id, { timeoutMs, signal }, async () => {
            const found = await readTimeline(tenant, order.id, after);
            return found.length > 0 ? found : null;
          });
          for (const event of events ?? []) {
            last = event.id;
            await stream.writeSSE({
              id: String(event.id),
              event: event.type,
              data: JSON.stringify(presentEvent(event)),
            });
          }
          if (!events && endsAt === null) await stream.write(": still here\n\n");
          if (endsAt === null && isFinal((await readOrder(tenant, order.id)).status)) endsAt = Date.now() + LINGER_MS;
        }
      });
      // Hono would keep the connection although the caller asked to close it, and let caches keep the answer.
      for (const header of ["Connection", "Transfer-Encoding"]) response.headers.delete(header);
      response.headers.set("Cache-Control", "no-store");
      return response;
    },
};

function presentEvent(event: TimelineEvent) {
  return { id: event.id, type: event.type, at: event.at.toISOString(), actor: event.actor, data: event.data };
}
