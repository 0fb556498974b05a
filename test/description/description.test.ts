import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/api/openapi/route-operations.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";
import { type Counts, installSchemathesis, runSchemathesis } from "./schemathesis.js";

/** Over both roles; IDEM_DESCRIPTION_REQUESTS makes it more or fewer. */
const REQUESTS = Number(process.env["IDEM_DESCRIPTION_REQUESTS"] ?? 20_000);
/** What one example for each operation comes to, over both roles. */
const REQUESTS_PER_EXAMPLE = 60;

const ROLES = ["merchantKey", "operatorKey"] as const;

const counts: Counts = {};

describe.each(ROLES.map((role, place) => [role, place] as const))("as %s", (role, place) => {
  let idem: TestApp;
  let program: string;
  beforeAll(async () => {
    program = installSchemathesis();
    idem = await TestApp.start(place);
    await idem.outside.config({ shipDelayMs: 0, deliverDelayMs: 0, webhookDelayMs: 0 });
    await seed(idem);
  });
  afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

  test("no answer is outside the description, and nothing that fits it is refused without a declared reason", async () => {
    const env = {
      IDEM_ROLE: role,
      IDEM_MERCHANT_KEY: idem.acme.apiKey ?? "",
      IDEM_OPERATOR_KEY: idem.operator.apiKey ?? "",
      IDEM_STRIPE_SECRET: idem.env["STRIPE_WEBHOOK_SECRET"] ?? "",
      IDEM_FULFILMENT_SECRET: idem.env["FULFILMENT_SECRET"] ?? "",
    };
    const examples = Math.ceil(REQUESTS / REQUESTS_PER_EXAMPLE);
    const run = await runSchemathesis(program, idem.base, { examples, env });
    add(run.counts);
    console.info(table(run.counts));
    expect(run.status).toBe(0);
  });
});

test("every operation answered with success, and the requests are as many as asked for", () => {
  const succeeded = ({ id }: { id: string }) => Object.keys(counts[id] ?? {}).some((status) => status.startsWith("2"));
  expect(OPERATIONS.filter((operation) => !succeeded(operation)).map(({ id }) => id)).toEqual([]);
  expect(total(counts)).toBeGreaterThanOrEqual(REQUESTS);
});

/** Orders in the states that a drawn request hardly finds: delivered, in attention, and waiting for a decision. */
async function seed(idem: TestApp): Promise<void> {
  const methods = ["pm_card_visa", "pm_card_refundFail", "pm_card_refundFail", "pm_card_pendingRefund"];
  const orders = await Promise.all(methods.map((method) => idem.completed({ method })));
  for (const order of orders) await idem.refund(order, { amount: 100 });
  for (const order of await Promise.all(methods.map(() => idem.place(idem.dear()))))
    await idem.reaches(order, "awaiting_approval");
  await waitFor("attentions", async () => (await idem.operator.get("/v1/attentions")).json.items.length > 1);
}

function add(some: Counts): void {
  for (const [id, statuses] of Object.entries(some))
    for (const [status, count] of Object.entries(statuses)) {
      counts[id] ??= {};
      counts[id][status] = (counts[id][status] ?? 0) + count;
    }
}

const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);
const total = (of: Counts) => sum(Object.values(of).map((statuses) => sum(Object.values(statuses))));

function table(of: Counts): string {
  const rows = Object.entries(of)
    .toSorted()
    .map(([id, statuses]) => {
      const all = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
      return `${id.padEnd(24)}${all.join(", ")}`;
    });
  return [...rows, `${total(of)} requests`].join("\n");
}
