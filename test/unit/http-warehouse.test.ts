import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { createHttpWarehouse } from "../../src/providers/warehouse/http-warehouse.js";

const TAKEN = {
  id: "shp_1",
  orderId: null,
  status: "accepted",
  carrier: null,
  trackingNumber: null,
  trackingUrl: null,
};
const ASKED = { id: "shp_1", orderId: "ord_1", warehouse: "main", lines: [{ sku: "MUG-1", quantity: 2 }] };
const SHIP_TO = { line1: "1 High St", city: "London", postalCode: "N1 1AA", country: "GB" };

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: (response: ServerResponse, request: IncomingMessage) => unknown) {
  server = createServer((request, response) => void answer(response, request)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const warehouse = createHttpWarehouse(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return { ask: () => warehouse.request({ ...ASKED, shipTo: SHIP_TO, key: "key-1" }, 300), warehouse };
}

test("a request goes out as JSON under its key, and its answer is a fact", async () => {
  const seen: unknown[] = [];
  const { ask } = await serve((response, { method, url, headers }) => {
    seen.push(method, url, headers["content-type"], headers["idempotency-key"]);
    response.writeHead(201).end(JSON.stringify(TAKEN));
  });
  expect(await ask()).toEqual(TAKEN);
  expect(seen).toEqual(["POST", "/shipments", "application/json", "key-1"]);
});

test("the body is the request without its key", async () => {
  let body = "";
  const { ask } = await serve(async (response, request) => {
    body = await text(request);
    response.end(JSON.stringify(TAKEN));
  });
  await ask();
  expect(JSON.parse(body)).toEqual({ ...ASKED, shipTo: SHIP_TO });
});

test.each<[string, (response: ServerResponse) => unknown]>([
  ["says nothing", () => {}],
  ["cuts the connection", (response) => response.destroy()],
  ["stops in the middle of its answer", (response) => response.writeHead(201, { "content-length": 80 }).write("{")],
  [
    "cuts in the middle of its answer",
    (response) => {
      response.writeHead(201, { "content-length": 80 }).write("{", () => response.destroy());
    },
  ],
  ["answers no JSON", (response) => response.end("<html>")],
  ["redirects the caller", (response) => response.writeHead(307, { location: "/moved" }).end()],
  ["fails", (response) => response.writeHead(500).end()],
  ["is still at work", (response) => response.writeHead(409).end()],
])("a warehouse that %s leaves the outcome unknown", async (_, answer) => {
  const { ask } = await serve(answer);
  await expect(ask()).rejects.toMatchObject({ name: "ProviderError", kind: "unknown" });
});

test("a warehouse that asks for patience did nothing, and says for how long", async () => {
  const { ask } = await serve((response) => response.writeHead(429, { "retry-after": "2" }).end());
  await expect(ask()).rejects.toMatchObject({ kind: "limited", retryAfterMs: 2000 });
});

test("a warehouse that refuses did nothing, and one that never heard of a shipment says so", async () => {
  const { ask, warehouse } = await serve((response, { method }) =>
    response.writeHead(method === "GET" ? 404 : 422).end(),
  );
  await expect(ask()).rejects.toMatchObject({ kind: "rejected", reason: { code: "http_422" } });
  expect(await warehouse.retrieve("shp_1", 300)).toBeNull();
});
