import { stream as streamBody } from "hono/streaming";
import {
  type ExportPlace,
  type ReadExport,
  readEventsExport,
  readLedgerExport,
  readOrdersExport,
} from "../../services/read-export.js";
import type { AppDeps } from "../app-deps.js";
import { presentOrder } from "../present-order.js";
import { ExportQuery, fromExportCursor, toExportCursor } from "../schemas/export-lines.js";
import { checkQuery } from "../schemas/check-query.js";
import { takeStream } from "../tenant-streams.js";
import { longReads } from "../tenant-turns.js";
import type { Route } from "./route.js";

/** Lines of events and entries that one statement brings. */
const ROWS = 250;
const HEADERS = { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" };

interface Exporting {
  tenant: string;
  limit: number;
  after: ExportPlace | null;
  signal: AbortSignal;
  isAllowed(): Promise<boolean>;
}

/** Lines of JSON that are made while their reader takes them; the last one says where to go on. */
function exportRoute<Row>(path: string, read: ReadExport<Row>, present: (row: Row, deps: AppDeps) => object): Route {
  return {
    method: "get",
    path: `/v1/export/${path}`,
    handle: (deps) => async (c) => {
      const { limit, after } = checkQuery(ExportQuery, c.req.url);
      const { tenant } = c.get("principal");
      // The body of a HEAD is dropped unread, so that what writes it would never end.
      if (c.req.method === "HEAD") return c.body(null, 200, HEADERS);
      const exporting = {
        ...{ tenant, limit, after: fromExportCursor(after) },
        signal: AbortSignal.any([c.req.raw.signal, deps.stopping]),
        isAllowed: c.get("isStillAllowed"),
      };
      const free = takeStream(tenant);
      const requestId = c.get("requestId");
      const parts = linesOf(deps, exporting, read, present);
      // What fails before there is a line is a problem like any other.
      const first = await parts.next().catch((error: unknown) => {
        free();
        throw error;
      });
      for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
      return streamBody(c, async (stream) => {
        try {
          if (!first.done) await stream.write(first.value);
          for await (const lines of parts) await stream.write(lines);
        } catch (error) {
          deps.onError(error, requestId); // without its last line the export is known to be cut off
        } finally {
          free();
        }
      });
    },
  };
}

/** The lines, as many at a time as one statement brings. */
async function* linesOf<Row>(
  deps: AppDeps,
  { tenant, limit, after, signal, isAllowed }: Exporting,
  read: ReadExport<Row>,
  present: (row: Row, deps: AppDeps) => object,
): AsyncGenerator<string> {
  let place = after;
  for (let left = limit; left > 0;) {
    const options = { tenant, after: place, limit: Math.min(left, ROWS) };
    const { lines, next } = await longReads.take(tenant, async () => {
      const page = await read(deps, options);
      return { ...page, lines: page.rows.map((row) => `${JSON.stringify(present(row, deps))}\n`) };
    });
    place = next;
    left -= lines.length;
    if (signal.aborted || !(await isAllowed())) return;
    if (lines.length > 0) yield lines.join("");
    if (place === null) break;
  }
  yield `${JSON.stringify({ nextCursor: place && toExportCursor(place) })}\n`;
}

export const exportOrdersRoute = exportRoute("orders", readOrdersExport, (order, { runUrl }) =>
  presentOrder(order, runUrl),
);

export const exportEventsRoute = exportRoute("events", readEventsExport, ({ at, ...event }) => ({
  ...event,
  at: at.toISOString(),
}));

export const exportLedgerRoute = exportRoute("ledger", readLedgerExport, ({ postedAt, ...entry }) => ({
  ...entry,
  postedAt: postedAt.toISOString(),
}));
