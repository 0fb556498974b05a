import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/api/openapi/route-operations.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { APPROVAL_THRESHOLD, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";
import { type Counts, installSchemathesis, runSchemathesis } from "./schemathesis.js";

/** Over both roles; IDEM_DESCRIPTION_REQUESTS makes it more or fewer. */
const REQUESTS = Number(process.env["IDEM_DESCRIPTION_REQUESTS"] ?? 20_000);
/** What a role comes to: the fixed cases of every parameter and member with those of the links, and one more example. */
const FIXED = 4_000;
const PER_EXAMPLE = 36;
const LINKS_SECONDS = 75;

const ROLES = ["merchantKey", "operatorKey"] as const;

const counts: Counts = {};

describe.concurrent.each(ROLES.map((role, place) => [role, place] as const))("as %s", (role, place) => {
  let idem: TestApp;
  let program: string;
  let seeded: Record<"delivered" | "awaitingApproval" | "pings", string[]>;
  beforeAll(async () => {
    program = installSchemathesis();
    idem = await TestApp.start(place);
    await idem.outside.config({ shipDelayMs: 0, deliverDelayMs: 0, webhookDelayMs: 0 });
    seeded = await seed(idem);
  });
  afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

  test("no answer is outside the description, and nothing that fits it is refused without a declared reason", async () => {
    const env = {
      IDEM_ROLE: role,
      IDEM_MERCHANT_KEY: idem.acme.apiKey ?? "",
      IDEM_OPERATOR_KEY: idem.operator.apiKey ?? "",
      IDEM_DELIVERED: seeded.delivered.join(),
      IDEM_AWAITING_APPROVAL: seeded.awaitingApproval.join(),
      IDEM_PINGS: seeded.pings.join(),
      IDEM_APPROVAL_THRESHOLD: String(APPROVAL_THRESHOLD),
      IDEM_STRIPE_SECRET: idem.env["STRIPE_WEBHOOK_SECRET"] ?? "",
      IDEM_FULFILMENT_SECRET: idem.env["FULFILMENT_SECRET"] ?? "",
    };
    const examples = Math.max(1, Math.ceil((REQUESTS / ROLES.length - FIXED) / PER_EXAMPLE));
    const run = await runSchemathesis(program, idem.base, { examples, linksSeconds: LINKS_SECONDS, env });
    add(run.counts);
    console.info(run.report);
    console.info(table(run.counts));
    expect(run.failed).toBe(false);
  });
});

test("every operation answered with success, and the requests are as many as asked for", () => {
  const succeeded = ({ id }: { id: string }) => Object.keys(counts[id] ?? {}).some((status) => status.startsWith("2"));
  expect(OPERATIONS.filter((operation) => !succeeded(operation)).map(({ id }) => id)).toEqual([]);
  expect(total(counts)).toBeGreaterThanOrEqual(REQUESTS);
});

/** Orders in the states that a drawn request hardly finds: in attention, waiting for a decision, and delivered. */
async function seed(idem: TestApp) {
  const many = <T>(make: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, make));
  for (const order of await Promise.all([1, 2].map(() => idem.completed({ method: "pm_card_refundFail" }))))
    await idem.refund(order, { amount: 100 });
  await waitFor("attentions", async () => (await idem.operator.get("/v1/attentions")).json.items.length > 1);
  const delivered = await many(() => idem.completed());
  const awaiting = await many(() => idem.place(idem.dear()));
  for (const order of awaiting) await idem.reaches(order, "awaiting_approval");
  const pings = await Promise.all(Array.from({ length: 4 }, () => pingedEndpoint(idem)));
  return { delivered: delivered.map(({ id }) => id), awaitingApproval: awaiting.map(({ id }) => id), pings };
}

/** An endpoint, and the id of a ping to it. */
async function pingedEndpoint({ acme }: TestApp): Promise<string> {
  const { id, links } = (await acme.post("/v1/webhook-endpoints", { url: "https://shop.invalid/events" })).json;
  return `${id}/${(await acme.post(`${links.self}/ping`, {})).json.id}`;
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
  const rows = OPERATIONS.map(({ id }) => {
    const statuses = Object.entries(of[id] ?? {}).map(([status, count]) => `${status}: ${count}`);
    return `${id.padEnd(24)}${statuses.join(", ")}`;
  });
  return [...rows, `${total(of)} requests`].join("\n");
}
