import { randomUUID } from "node:crypto";
import { benchOrder } from "../load/orders.js";

/** A request that a tenant sends as often as it may. */
export interface Attack {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  body?: Buffer;
  /** The answer is read no further than its head: an open stream, or a request that waits. */
  staysOpen: boolean;
}

/** Whom an attack is sent as, and what of the attacker's it is about. */
export interface Target {
  bearer: string;
  /** An order of the attacker's that goes on for a while. */
  openOrder: string;
  /** A key of the attacker's that was used. */
  usedKey: string;
}

const SIZE = 256 * 1024;
const json = { "Content-Type": "application/json" };
const keyed = () => ({ ...json, "Idempotency-Key": randomUUID() });

/** Bodies that are the same each time: the attacker shares the machine. */
const BLANK = Buffer.alloc(SIZE, "\n");
const BRACKETS = Buffer.alloc(SIZE, "[");
const MEMBERS = Buffer.from(`{${Array.from({ length: 20_000 }, (_, index) => `"m${index}":1`).join(",")}}`);
const LINES = Buffer.from(
  JSON.stringify({
    ...benchOrder("lines"),
    lines: Array.from({ length: 5_000 }, () => ({ sku: "BENCH-1", quantity: 1, unitPrice: 1 })),
  }),
);

const DIGITS = Buffer.from(`{"total":${"9".repeat(SIZE - 12)}}`);
const OTHER_ORDER = Buffer.from(JSON.stringify({ ...benchOrder("other"), metadata: { text: "x".repeat(200 * 1024) } }));

/** Each makes one request; the next one may differ. */
export const ATTACKS: Record<string, (target: Target) => Attack> = {
  "a key of 15,500 blanks": () => post({ ...json, "Idempotency-Key": `"${" ".repeat(15_500)}"` }, order()),
  "256 KiB of empty lines": () => post(keyed(), BLANK),
  "256 KiB of brackets": () => post(keyed(), BRACKETS),
  "256 KiB of members": () => post(keyed(), MEMBERS),
  "256 KiB of digits": () => post(keyed(), DIGITS),
  "256 KiB of lines of an order": () => post(keyed(), LINES),
  "another order of 200 KiB under a used key": ({ usedKey }) =>
    post({ ...json, "Idempotency-Key": usedKey }, OTHER_ORDER),
  "valid orders": () => post(keyed(), order()),
  "orders that are waited for": () => ({ ...post({ ...keyed(), Prefer: "wait=30" }, order()), staysOpen: true }),
  "event streams": ({ openOrder }) => ({
    ...get(`/v1/orders/${openOrder}/events`),
    headers: { Accept: "text/event-stream" },
    staysOpen: true,
  }),
  "lists of the usual length": () => get("/v1/orders"),
  "lists of 100": () => get("/v1/orders?limit=100"),
  "lists by a status without orders": () => get("/v1/orders?limit=100&status=needs_attention"),
  "exports of all orders": () => ({ ...get("/v1/export/orders?limit=10000"), staysOpen: true }),
  "unknown credentials": () => ({ ...get("/v1/orders"), headers: { Authorization: `Bearer ${randomUUID()}` } }),
};

/** Attacks that go through many orders of the attacker's. */
export const OVER_MANY_ORDERS: ReadonlySet<string> = new Set([
  "lists of the usual length",
  "lists of 100",
  "lists by a status without orders",
  "exports of all orders",
]);

function post(headers: Record<string, string>, body: Buffer): Attack {
  return { method: "POST", path: "/v1/orders", headers, body, staysOpen: false };
}

function get(path: string): Attack {
  return { method: "GET", path, headers: {}, staysOpen: false };
}

function order(): Buffer {
  return Buffer.from(JSON.stringify(benchOrder(randomUUID())));
}
