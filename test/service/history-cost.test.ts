import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { WorkflowHandle } from "@temporalio/client";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadOrder } from "../../src/database/load-order.js";
import { createPool } from "../../src/database/pool.js";
import { snapshotOf } from "../../src/domain/rules/snapshot.js";
import type { FaultAction, FaultDetail, FaultOp } from "../../simulator/control-client.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { replayAll } from "../rig/replay.js";
import { type OrderBody, type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(8);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

type Event = NonNullable<Awaited<ReturnType<WorkflowHandle["fetchHistory"]>>["events"]>[number];

const runOf = ({ id }: { id: string }) => idem.client.workflow.getHandle(`order/${id}`);

const eventsOf = async (order: PlacedOrder) => (await runOf(order).fetchHistory()).events ?? [];
const tasksIn = (events: Event[]) => events.filter((event) => event.workflowTaskCompletedEventAttributes).length;

/** Up to where it waits for its shipment: everything before that is done. */
function upToItsWait(events: Event[]): Event[] {
  const waits = events.findIndex((event) => event.timerStartedEventAttributes);
  expect(waits).toBeGreaterThan(0);
  return events.slice(0, waits);
}

/** The history of an order that nothing delays, and whose provider's own events have all come before the next step. */
async function delivered(): Promise<Event[]> {
  const order = await idem.held();
  const allArrived = (emails: number) =>
    waitFor("every email and event", async () => {
      const events = await idem.outside.webhooks(order.id);
      return (await idem.mailKinds(order)).length === emails && events.every(({ owed }) => !owed);
    });
  await allArrived(1);
  await idem.outside.advance(order.id, "shipped");
  await allArrived(2);
  await idem.outside.advance(order.id, "delivered");
  await runOf(order).result();
  return eventsOf(order);
}

/** Of three the one whose every step answered at once, on a machine that others keep busy. */
async function quickest(): Promise<Event[]> {
  const histories = [await delivered(), await delivered(), await delivered()];
  return histories.reduce((least, one) => (one.length < least.length ? one : least));
}

describe("the run of an order that is delivered", () => {
  let events: Event[];
  beforeAll(async () => {
    events = await quickest();
  });

  test("costs one workflow task until it is confirmed, and three until it is closed, in 26 events", () => {
    expect(tasksIn(upToItsWait(events))).toBe(1);
    expect([tasksIn(events), events.length]).toEqual([3, 26]);
  });

  test("reads as the order's story, from the reservation to its result", () => {
    expect(events.flatMap(stepOf)).toEqual([
      "reserveStock",
      "authorizePayment",
      "requestShipment",
      "sendEmail",
      "timer: ship before the authorization expires",
      "signal: shipmentShipped",
      "applyEvent",
      "capturePayment",
      "sendEmail",
      "signal: shipmentDelivered",
      "applyEvent",
      "completeOrder",
      expect.stringMatching(/^result: \{"status":"completed","currency":"EUR","captured":\d+,"refunded":0\}$/),
    ]);
  });
});

const decode = (payload: { data?: Uint8Array | null } | null | undefined) =>
  Buffer.from(payload?.data ?? []).toString("utf8");

/** What a person reads of an event in the Temporal UI. */
function stepOf(event: Event): string[] {
  const marker = event.markerRecordedEventAttributes?.details?.["data"]?.payloads?.[0];
  if (marker) return [JSON.parse(decode(marker)).activity_type];
  if (event.timerStartedEventAttributes) return [`timer: ${JSON.parse(decode(event.userMetadata?.summary))}`];
  if (event.workflowExecutionSignaledEventAttributes)
    return [`signal: ${event.workflowExecutionSignaledEventAttributes.signalName}`];
  const completed = event.workflowExecutionCompletedEventAttributes;
  return completed ? [`result: ${decode(completed.result?.payloads?.[0])}`] : [];
}

test("the snapshot that a run goes by once it is confirmed is what the order database holds", async () => {
  const order = await idem.held();
  const pool = createPool(idem.env["DATABASE_URL"] ?? "", 1);
  const lastRecorded = async () => {
    const events = await eventsOf(order);
    if (!events.some((event) => event.timerStartedEventAttributes)) return null;
    const marker = events.findLast((event) => event.markerRecordedEventAttributes)?.markerRecordedEventAttributes;
    return JSON.parse(decode(marker?.details?.["result"]?.payloads?.[0]));
  };
  try {
    // A step that is under way is in one of them alone.
    const agree = waitFor("the last step to be in both", async () => {
      const [recorded, loaded] = [await lastRecorded(), await loadOrder(pool, order.id)];
      const held: unknown = loaded && JSON.parse(JSON.stringify(snapshotOf(loaded.order)));
      return recorded !== null && isDeepStrictEqual(recorded, held);
    });
    expect(await agree).toBe(true);
  } finally {
    await pool.close();
  }
});

test.concurrent("an order is found in the Temporal UI as placed, and then under what became of it", async () => {
  const order = await idem.held();
  const isFoundAs = (status: string) =>
    waitFor(`Temporal to list it as ${status}`, async () => {
      const query = `OrderStatus = "${status}" AND WorkflowId = "order/${order.id}"`;
      return (await idem.client.workflow.count(query)).count === 1;
    });
  expect(await isFoundAs("placed")).toBe(true);
  await idem.outside.advance(order.id, "shipped");
  expect(await isFoundAs("shipped")).toBe(true);
  await idem.outside.advance(order.id, "delivered");
  expect(await isFoundAs("completed")).toBe(true);
});

/** Everything that lies in a run's history, its memo and its search attributes, payloads decoded. */
async function everythingIn(workflowId: string): Promise<string> {
  const handle = idem.client.workflow.getHandle(workflowId);
  const { raw } = await handle.describe();
  return workflowId + decoded(JSON.parse(historyToJSON(await handle.fetchHistory()))) + decoded(raw);
}

function decoded(value: unknown): string {
  if (typeof value === "string") return `${value}\n${Buffer.from(value, "base64").toString("latin1")}\n`;
  if (value instanceof Uint8Array) return `${Buffer.from(value).toString("latin1")}\n`;
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([name, member]) => `${name}\n${decoded(member)}`)
    .join("");
}

describe.concurrent("a run holds no name, address, key or tenant (K9, section 6)", () => {
  const secretOf = (order: PlacedOrder) => [
    order.key,
    order.body.reference,
    ...Object.values(order.body.customer),
    ...Object.values(order.body.shipTo).filter((text) => text.length > 2),
  ];
  const person = () => ({
    customer: { email: `ada-${randomUUID()}@example.com`, name: `Ada ${randomUUID()}`, phone: `+44 ${randomUUID()}` },
    shipTo: { line1: `1 High St ${randomUUID()}`, city: `London ${randomUUID()}`, postalCode: "N1 1AA", country: "GB" },
    metadata: { note: `note ${randomUUID()}` },
  });
  const theTenant = () => ["acme", idem.acme.apiKey, idem.operator.apiKey];

  async function recorded(workflowId: string, ...secrets: (string | null)[]): Promise<(string | null)[]> {
    const text = await everythingIn(workflowId);
    expect(text).toContain(workflowId); // the search finds what is there
    return [...secrets, ...theTenant()].filter((secret) => secret !== null && text.includes(secret));
  }

  test("when its order was completed and refunded", async () => {
    const order = await idem.completed(person());
    const reason = `reason ${randomUUID()}`;
    const key = `refund-${randomUUID()}`;
    const refund = await idem.refund(order, { reason }, { key });
    await waitFor("the email", async () => (await idem.mailKinds(order)).includes("refunded"));
    expect(await recorded(`order/${order.id}`, ...secretOf(order))).toEqual([]);
    expect(await recorded(`refund/${refund.json.id}`, ...secretOf(order), reason, key)).toEqual([]);
  });

  test("when its customer had to act", async () => {
    const order = await idem.place(idem.order({ ...person(), method: "pm_card_authenticationRequired" }));
    const waiting = await idem.reaches(order, "awaiting_payment");
    await idem.outside.customer(order.id);
    await idem.reaches(order, "completed");
    expect(await recorded(`order/${order.id}`, ...secretOf(order), waiting.payment.nextAction.url)).toEqual([]);
  });

  test("when it was approved, and when it was cancelled", async () => {
    const order = await idem.place(idem.dear(person()));
    await idem.outside.hold({ amount: order.body.total });
    await idem.reaches(order, "awaiting_approval");
    const [approval, cancel, reason] = [`approve-${randomUUID()}`, `cancel-${randomUUID()}`, `reason ${randomUUID()}`];
    await idem.decide(order, "approve", { key: approval });
    await idem.reaches(order, "confirmed");
    await idem.cancel(order, { reason }, { key: cancel });
    await idem.reaches(order, "cancelled");
    expect(await recorded(`order/${order.id}`, ...secretOf(order), approval, cancel, reason)).toEqual([]);
  });

  test("when a provider's call failed", async () => {
    const body = idem.order(person());
    await idem.outside.fault("mail", "fail-before", { to: body.customer.email });
    await idem.outside.fault("authorize", "fail-before", { amount: body.total });
    await idem.outside.fault("ship", "drop-before", { amount: body.total, count: 2 });
    const order = await idem.place(body);
    await idem.reaches(order, "completed");
    await runOf(order).result();
    expect(await recorded(`order/${order.id}`, ...secretOf(order))).toEqual([]);
  });
});

type Trouble = [op: FaultOp, action: FaultAction, detail?: FaultDetail];

/** What makes steps of one workflow task end in another order than they began, or not at all. */
const TROUBLES: [name: string, ...troubles: Trouble[]][] = [
  ["an email server that says nothing", ["mail", "silent"]],
  ["an email server that refuses for now", ["mail", "fail-before"]],
  ["an email server that is slow", ["mail", "delay-after", { delayMs: 400, count: -1 }]],
  [
    "a warehouse that is slow and an email server that refuses",
    ["ship", "delay", { delayMs: 500 }],
    ["mail", "fail-before"],
  ],
  [
    "a warehouse that says nothing and an email server that is slow",
    ["ship", "silent"],
    ["mail", "delay", { delayMs: 300 }],
  ],
  [
    "a capture that is slow beside an email that fails",
    ["capture", "delay", { delayMs: 600 }],
    ["mail", "fail-before", { skip: 1 }],
  ],
  [
    "a capture that fails beside an email that is slow",
    ["capture", "fail-before"],
    ["mail", "delay", { delayMs: 500, skip: 1 }],
  ],
  ["an authorization whose event comes before its answer", ["authorize", "webhook-first", { delayMs: 900 }]],
  ["an authorization whose answer never comes", ["authorize", "silent-after"]],
];

async function trouble(body: OrderBody, troubles: Trouble[]): Promise<void> {
  for (const [op, action, detail] of troubles) {
    const scope = op.startsWith("mail") ? { to: body.customer.email } : { amount: body.total };
    await idem.outside.fault(op, action, { ...scope, ...detail });
  }
}

describe.concurrent("a run can be taken over by another worker at any moment (M14)", () => {
  test("however its steps end", async () => {
    const orders = await Promise.all(
      TROUBLES.map(async ([, ...troubles]) => {
        const body = idem.order();
        await trouble(body, troubles);
        return idem.place(body);
      }),
    );
    await Promise.all(orders.map((order) => idem.reaches(order, "completed")));
    await waitFor("every email", async () => {
      const kinds = await Promise.all(orders.map((order) => idem.mailKinds(order)));
      return kinds.every((of) => of.length === 2);
    });
    const { broken } = await replayAll(idem.client);
    expect(broken).toEqual([]);
  });

  test("when a cancel comes while its steps are in progress", async () => {
    const orders = await Promise.all(
      TROUBLES.map(async ([, ...troubles]) => {
        const body = idem.order();
        await idem.outside.hold({ amount: body.total });
        await trouble(body, troubles);
        return idem.place(body);
      }),
    );
    await Promise.all(
      orders.map(async (order) => {
        await waitFor("the warehouse", async () => (await idem.calls(order, "authorize")).length > 0);
        await idem.cancel(order);
      }),
    );
    await Promise.all(orders.map((order) => idem.reaches(order, "cancelled")));
    const { broken } = await replayAll(idem.client);
    expect(broken).toEqual([]);
  });
});
