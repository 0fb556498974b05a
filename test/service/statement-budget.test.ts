import { afterAll, beforeAll, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { Caller } from "../rig/caller.js";
import type { ProcessUnderTest } from "../rig/process-under-test.js";
import { StatementCounter } from "../rig/statement-counter.js";
import { TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

let idem: TestApp;
let counter: StatementCounter;
let counted: ProcessUnderTest;
let acme: Caller;
let env: { DATABASE_URL: string };
beforeAll(async () => {
  idem = await TestApp.start(15);
  const { DATABASE_URL: databaseUrl = "" } = idem.env;
  counter = await StatementCounter.before(databaseUrl);
  env = { DATABASE_URL: counter.urlOf(databaseUrl) };
  await idem.worker.stop();
  counted = await idem.anotherWorker(env);
  const { base } = await idem.anotherApi(env);
  await idem.outside.config({ webhookBase: base });
  acme = new Caller(base, idem.acme.apiKey);
});
afterAll(() =>
  auditIsClean(idem)
    .finally(() => idem.stop())
    .finally(() => counter.close()),
);

const ORDERS = 40;
/** Acceptance and its notification, the outbox (lease, delete), the stock, and a save for each of four steps. */
const BUDGET = 9;
/** A load before each of the four. */
const UNCACHED_BUDGET = 13;
/** The event of an authorization is compared with the order and kept. */
const PER_EVENT = 2;

/** An order that is confirmed and mailed, and so many of whose provider's events have come. */
async function confirm(events: number): Promise<void> {
  const body = idem.order();
  await idem.outside.hold({ amount: body.total });
  if (events === 0) await idem.outside.fault("webhook", "drop-before", { amount: body.total, count: -1 });
  const { id } = (await acme.post("/v1/orders", body)).json;
  await waitFor("the email and the events", async () => {
    const recorded = (await idem.outside.webhooks(id)).filter(({ owed }) => !owed);
    return (await idem.outside.mailIds(body.customer.email)).length === 1 && recorded.length >= events;
  });
  await waitFor("all to be recorded", () => idem.isUpToDate(id));
}

/** What the order cost that was disturbed least, of many one after the other: others meet what the processes ask by the clock. */
async function leastCost(events: number): Promise<number> {
  const costs: number[] = [];
  for (let made = 0; made < ORDERS; made++) {
    const before = counter.statements.length;
    await confirm(events);
    costs.push(counter.statements.length - before);
  }
  return Math.min(...costs);
}

test("an order costs at most 9 statements until it is confirmed and mailed", async () => {
  expect(await leastCost(0)).toBeLessThanOrEqual(BUDGET);
});

test("a provider's event that only echoes our own answer costs two statements more", async () => {
  expect(await leastCost(1)).toBeLessThanOrEqual(BUDGET + PER_EVENT);
});

test("an order costs at most 13 statements with a worker that keeps none in memory", async () => {
  await counted.stop();
  await idem.anotherWorker({ ...env, WORKER_CACHED_ORDERS: "0" });
  expect(await leastCost(0)).toBeLessThanOrEqual(UNCACHED_BUDGET);
});
