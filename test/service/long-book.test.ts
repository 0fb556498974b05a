import { createHash } from "node:crypto";
import { type CompiledQuery, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { fillBook } from "../../bench/fill-book.js";
import { type AuditRow, auditRows, firstAcceptedAt } from "../../src/database/audit-rows.js";
import { claimOrder } from "../../src/database/accepted-orders.js";
import { migrateBook } from "../../src/database/migrate.js";
import { openBook } from "../../src/database/pool.js";
import { readFacts } from "../../src/database/order-facts-query.js";
import { type ListFilter, listOrders, viewOrder } from "../../src/database/order-view.js";
import { lease } from "../../src/database/outbox.js";
import { findEvent } from "../../src/database/provider-events.js";
import { purgeClosed } from "../../src/database/purge.js";
import {
  lostNews,
  openOrders,
  openRefunds,
  ordersWithoutStart,
  stuckMails,
} from "../../src/database/reconciliation.js";
import type { Tables } from "../../src/database/schema.js";
import { readTimeline } from "../../src/database/timeline.js";
import { SHOWN_STATUSES } from "../../src/domain/status.js";
import { createDatabase } from "../rig/database.js";

/** What is asked of a long book while orders come in, and how much of it that touches. */

const TENANT = "acme";
const ORDERS = 20_000;
/** A page of a list touches some 250; all orders stand on more than 700. */
const FEW_PAGES = 400;

let database: Awaited<ReturnType<typeof createDatabase>>;
let client: pg.Client;
let db: Kysely<Tables>;
const asked: CompiledQuery[] = [];
const middle = { id: "", seq: 0, reference: "", createdAt: new Date() };

beforeAll(async () => {
  database = await createDatabase(inject("engines").databaseUrl);
  await migrateBook(database.url);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await acceptOne();
  await fillBook(client, TENANT, ORDERS);
  const { rows } = await client.query(
    `select id, seq::integer, reference, created_at as "createdAt" from orders order by seq offset ${ORDERS / 2} limit 1`,
  );
  Object.assign(middle, rows[0]);
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), log: ({ query }) => void asked.push(query) });
});
afterAll(async () => {
  await db.destroy();
  await client.end();
  await database.drop();
});

async function acceptOne(): Promise<void> {
  const book = openBook(database.url, 1);
  const digest = createHash("sha256").update("first").digest();
  await claimOrder(book, {
    ...{ id: `ord_${"a".repeat(32)}`, tenant: TENANT, fingerprint: { version: 1, digest } },
    ...{ raw: Buffer.from("{}"), reference: "first", currency: "EUR", total: 1250 },
    policy: {} as Parameters<typeof claimOrder>[1]["policy"],
  });
  await book.close();
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

const list = (filter: ListFilter, behind: typeof middle | null = null) => listOrders(db, TENANT, filter, 21, behind);
const longAgo = new Date("2020-01-01");

const QUESTIONS: [string, () => Promise<unknown>][] = [
  ["an order", () => viewOrder(db, middle.id)],
  ["its timeline", () => readTimeline(db, middle.id)],
  ["the facts its run goes by", () => readFacts(db, middle.id)],
  ["the newest orders", () => list({})],
  ["the orders behind a place", () => list({}, middle)],
  ...SHOWN_STATUSES.map(
    (status) => [`orders that are ${status}`, () => list({ status })] satisfies (typeof QUESTIONS)[number],
  ),
  ["completed orders behind a place", () => list({ status: "completed" }, middle)],
  ["orders of a reference", () => list({ reference: middle.reference })],
  ["orders before a time", () => list({ createdBefore: middle.createdAt })],
  ["orders after a time", () => list({ createdAfter: middle.createdAt })],
  ["orders before all others", () => list({ createdBefore: longAgo })],
  ["orders after all others", () => list({ createdAfter: new Date(Date.now() + 86_400_000) })],
  ["words for the dispatcher", () => lease(db, 20, 0)],
  ["an event of a provider", () => findEvent(db, "stripe/evt_a1000")],
  ["accepted orders without a run", () => ordersWithoutStart(db, 200)],
  ["open orders", () => openOrders(db, 0, 500)],
  ["open refunds", () => openRefunds(db, 200)],
  ["news nobody applied", () => lostNews(db, 200)],
  ["mails nobody sent", () => stuckMails(db, 200)],
  ["orders to purge, of which there are none", () => purgeClosed(db, longAgo, 200)],
  ["when the first order came", () => firstAcceptedAt(db)],
];

describe("a long book", () => {
  test.each(QUESTIONS)("is asked for %s in a few pages", async (_what, ask) => {
    expect(await pagesOf(ask)).toBeLessThan(FEW_PAGES);
  });

  test("is audited in parts, each order once and as it stands", async () => {
    const book = openBook(database.url, 1);
    const seen: AuditRow[] = [];
    for await (const rows of auditRows(book, 3_000)) seen.push(...rows);
    await book.close();
    expect(new Set(seen.map(({ id }) => id)).size).toBe(ORDERS + 1);
    expect(seen).toHaveLength(ORDERS + 1);
    expect(seen.find(({ id }) => id === middle.id)).toEqual({
      id: middle.id,
      status: "completed",
      total: 1250,
      paymentReference: expect.stringMatching(/^pi_/),
      amounts: { authorized: 1250, captured: 1250, refunded: 0, held: 0 },
      shipments: [{ id: expect.stringMatching(/^shp_/), status: "delivered", share: 1250, left: true, waived: false }],
      ownRefunds: 0,
      openRefunds: 0,
      doubleMails: [],
    });
    expect(seen.find(({ status }) => status === "accepted")).toMatchObject({
      amounts: { authorized: 0, captured: 0, refunded: 0, held: 0 },
      shipments: [],
    });
  });

  test("is listed to its end, each order once and newest first", async () => {
    const seen: { id: string; created_at: Date }[] = [];
    for (let behind: typeof middle | null = null; ;) {
      const rows = await listOrders(db, TENANT, { createdBefore: middle.createdAt }, 1_000, behind);
      seen.push(...rows);
      const last = rows.at(-1);
      if (!last) break;
      behind = { ...middle, createdAt: last.created_at, seq: last.seq };
    }
    const times = seen.map(({ created_at }) => created_at.getTime());
    expect(new Set(seen.map(({ id }) => id)).size).toBe(ORDERS / 2 - 1);
    expect(times).toEqual(times.toSorted((one, other) => other - one));
  });
});
