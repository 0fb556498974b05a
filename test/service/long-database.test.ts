import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type CompiledQuery, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { loadOrder } from "../../src/database/load-order.js";
import { migrate } from "../../src/database/migrate.js";
import { type ConnectedPool, createPool, type Session, TIMEOUTS } from "../../src/database/pool.js";
import { acceptOrder, ReferenceHeldError } from "../../src/database/queries/accept-order.js";
import {
  auditedOrders,
  doubleEmails,
  firstAcceptedAt,
  stockFaults,
} from "../../src/database/queries/audited-orders.js";
import { closedOrders } from "../../src/database/queries/closed-orders.js";
import { takeDuePolls } from "../../src/database/queries/due-polls.js";
import { listAttentions } from "../../src/database/queries/list-attentions.js";
import { type Cursor, listOrders, type OrderFilter, type OrderSort } from "../../src/database/queries/list-orders.js";
import { exportEvents, exportLedger, exportOrders } from "../../src/database/queries/export-rows.js";
import { leaseOutbox } from "../../src/database/queries/outbox.js";
import { readTimeline } from "../../src/database/queries/read-timeline.js";
import {
  openOrders,
  ordersWithLostFacts,
  ordersWithoutStart,
  stuckEmails,
  unfinishedRefunds,
} from "../../src/database/queries/reconciliation-records.js";
import { readHealth } from "../../src/database/queries/read-health.js";
import type { Tables } from "../../src/database/schema.js";
import type { Order } from "../../src/domain/order.js";
import type { Policy } from "../../src/domain/policy.js";
import { SHOWN_STATUSES } from "../../src/domain/status.js";
import { createDatabase } from "../rig/database.js";
import { fillDatabase } from "../../dev/fill-database.js";

/** What is asked of a long database while orders come in, and how much of it that touches. */

const TENANT = "acme";
const ORDERS = 20_000;
const PAGE = 21;
/** An order with its parts is read from some 30 pages of tables and indexes; all orders stand on more than 4,000. */
const FEW_PAGES = PAGE * 40;

let database: Awaited<ReturnType<typeof createDatabase>>;
let client: pg.Client;
let pool: ConnectedPool;
let db: Kysely<Tables>;
const asked: Pick<CompiledQuery, "sql" | "parameters">[] = [];
const middle = { id: "", reference: "", payment: "", at: new Date() };

/** Notes what is asked. */
const session: Session = {
  query(text, values) {
    asked.push({ sql: text, parameters: values });
    return pool.query(text, values);
  },
};

beforeAll(async () => {
  database = await createDatabase(inject("engines").databaseUrl);
  await migrate(database.url);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  pool = createPool(database.url, 1);
  await acceptOne();
  await fillDatabase(client, TENANT, ORDERS);
  const { rows } = await client.query(
    `select id, reference, payment_reference as payment, created_at as at from orders order by created_at offset ${ORDERS / 2} limit 1`,
  );
  Object.assign(middle, rows[0]);
  const recorded = new pg.Pool({ connectionString: database.url, max: 1 });
  db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: recorded }),
    log: ({ query }) => void asked.push(query),
  });
});
afterAll(async () => {
  await db.destroy();
  await pool.close();
  await client.end();
  await database.drop();
});

const FIRST = {
  ...{ id: `ord_${"a".repeat(32)}`, tenant: TENANT },
  fingerprint: { version: 1, digest: createHash("sha256").update("first").digest() },
  ...{ raw: Buffer.from("{}"), reference: "first", email: "first@example.com", currency: "EUR", total: 1250 },
  policy: {} as Policy,
  keyId: null,
};

async function acceptOne(): Promise<void> {
  await acceptOrder(pool, FIRST);
}

async function acceptUnique(reference: string): Promise<void> {
  const order = { ...FIRST, id: `ord_${"b".repeat(32)}`, reference, uniqueReference: true };
  await expect(acceptOrder(session, order)).rejects.toThrow(ReferenceHeldError);
}

/** The pages of tables and indexes that a piece of work reads, statement by statement, after it was done. */
async function pagesOf(work: () => Promise<unknown>): Promise<number> {
  asked.length = 0;
  await work();
  let pages = 0;
  for (const { sql, parameters } of asked.filter((query) => /^\s*(select|with)\b/i.test(query.sql))) {
    await client.query("begin");
    const { rows } = await client.query(`explain (analyze, buffers, format json) ${sql}`, [...parameters]);
    await client.query("rollback");
    const { Plan: plan } = rows[0]["QUERY PLAN"][0];
    pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
  }
  expect(asked.length).toBeGreaterThan(0);
  return pages;
}

const behindMiddle = () => ({ tenant: TENANT, after: { ...middle, number: 0 }, limit: PAGE });
const list = (filter: OrderFilter, after: Cursor | null = null, sort: OrderSort = "-createdAt") =>
  listOrders(session, TENANT, { filter, sort, limit: PAGE, after });
const longAgo = new Date("2020-01-01");

const QUESTIONS: [string, () => Promise<unknown>][] = [
  ["an order", () => loadOrder(session, middle.id)],
  ["its timeline", () => readTimeline(db, middle.id)],
  ["the newest orders", () => list({})],
  ["the orders behind a place", () => list({}, middle)],
  ...SHOWN_STATUSES.map(
    (status) => [`orders that are ${status}`, () => list({ statuses: [status] })] satisfies (typeof QUESTIONS)[number],
  ),
  ["completed orders behind a place", () => list({ statuses: ["completed"] }, middle)],
  [
    "orders of several statuses, some without any",
    () => list({ statuses: ["accepted", "completed", "needs_attention"] }),
  ],
  ["orders of several statuses behind a place", () => list({ statuses: ["completed", "rejected"] }, middle)],
  ["the oldest orders", () => list({}, null, "createdAt")],
  ["orders of an email", () => list({ email: "customer-7@example.com" })],
  ["orders of an email that nobody has", () => list({ email: "nobody@example.com" })],
  ["completed orders of an email", () => list({ email: "customer-7@example.com", statuses: ["completed"] })],
  ["the order of a payment", () => list({ payment: middle.payment })],
  ["the order of a refund", () => list({ refund: "re_1" })],
  ["the order of a parcel", () => list({ tracking: "TRK7" })],
  ["orders that changed last", () => list({}, null, "-updatedAt")],
  ["orders that changed after a time", () => list({ updatedAfter: middle.at }, null, "updatedAt")],
  [
    "completed orders that changed after a time, behind a place",
    () => list({ updatedAfter: longAgo, statuses: ["completed"] }, middle, "updatedAt"),
  ],
  [
    "rejected orders that changed after a time, of which there are none",
    () => list({ updatedAfter: longAgo, statuses: ["rejected"] }, null, "updatedAt"),
  ],
  ["orders of a reference", () => list({ reference: middle.reference })],
  ["orders before a time", () => list({ createdBefore: middle.at })],
  ["orders after a time", () => list({ createdAfter: middle.at })],
  ["orders before all others", () => list({ createdBefore: longAgo })],
  ["orders after all others", () => list({ createdAfter: new Date(Date.now() + 86_400_000) })],
  ["an export of orders behind a place", () => exportOrders(session, behindMiddle())],
  ["an export of timelines behind a place", () => exportEvents(session, behindMiddle())],
  ["an export of ledgers behind a place", () => exportLedger(session, behindMiddle())],
  ["acceptance under a reference that is in use", () => acceptUnique(middle.reference)],
  ["open attentions", () => listAttentions(db, TENANT, {}, PAGE, null)],
  ["the outbox", () => leaseOutbox(session, 20, 0)],
  ["what is to be polled", () => takeDuePolls(db, 25)],
  ["accepted orders without a run", () => ordersWithoutStart(db, 200)],
  ["open orders", () => openOrders(db, null, 500)],
  ["unfinished refunds", () => unfinishedRefunds(db, 200)],
  ["facts without a run", () => ordersWithLostFacts(db, 200)],
  ["emails that were not sent", () => stuckEmails(db, 200)],
  ["orders to purge, of which there are none", () => closedOrders(db, longAgo, null, 200)],
  ["when the first order came", () => firstAcceptedAt(db)],
  ["how the service is", () => readHealth(db)],
];

describe("a long database", () => {
  test.each(QUESTIONS)("is asked for %s in a few pages", async (_what, ask) => {
    expect(await pagesOf(ask)).toBeLessThan(FEW_PAGES);
  });

  test("is audited in parts, each order once and as it is then", async () => {
    const seen: Order[] = [];
    for await (const orders of auditedOrders(pool, 3_000)) seen.push(...orders);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(ORDERS + 1);
    expect(seen).toHaveLength(ORDERS + 1);
    expect(seen.find(({ id }) => id === middle.id)).toEqual((await loadOrder(pool, middle.id))?.order);
  });

  test("is audited to its end, though one of its questions takes longer than a request may", async () => {
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query("begin; lock table order_events in access exclusive mode");
    const read = doubleEmails(pool);
    await sleep(TIMEOUTS.statement_timeout + 1_500);
    await holder.query("commit");
    await holder.end();
    expect([await read, await stockFaults(pool)]).toEqual([[], []]);
  });

  test("is asked for open orders without a run in a few pages, however many are open", async () => {
    await client.query(
      "update orders set status = 'shipped', closed_at = null where id in (select id from orders order by id limit 5000)",
    );
    expect(await pagesOf(() => ordersWithoutStart(db, 200))).toBeLessThan(FEW_PAGES);
    await client.query("update orders set status = 'completed', closed_at = updated_at where status = 'shipped'");
  });

  test("is listed to its end, each order once and newest first", async () => {
    const seen: Cursor[] = [];
    for (let after: Cursor | null = null; ;) {
      const page = await listOrders(pool, TENANT, {
        ...{ filter: { createdBefore: middle.at }, sort: "-createdAt", limit: 1_000, after },
      });
      seen.push(...page.map(({ order, createdAt }) => ({ at: createdAt, id: order.id })));
      after = seen.at(-1) ?? null;
      if (page.length === 0) break;
    }
    const times = seen.map(({ at }) => at.getTime());
    expect(new Set(seen.map(({ id }) => id)).size).toBe(ORDERS / 2);
    expect(times).toEqual(times.toSorted((one, other) => other - one));
  });
});
