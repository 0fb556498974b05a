import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FaultAction, FaultDetail, FaultOp } from "../../src/simulator/control-client.js";
import { replayAll } from "../rig/replay.js";
import { type OrderBody, Service } from "../rig/service.js";
import { until } from "../rig/until.js";

let idem: Service;
beforeAll(async () => {
  idem = await Service.start(8);
});
afterAll(() => idem.stop());

type Trouble = [op: FaultOp, action: FaultAction, detail?: FaultDetail];

/** What makes steps of one workflow task end in another order than they began, or not at all. */
const TROUBLES: [name: string, ...troubles: Trouble[]][] = [
  ["a mail server that says nothing", ["mail", "silent"]],
  ["a mail server that refuses for now", ["mail", "fail-before"]],
  ["a mail server that is slow", ["mail", "delay-after", { delayMs: 400, count: -1 }]],
  [
    "a warehouse that is slow and a mail server that refuses",
    ["ship", "delay", { delayMs: 500 }],
    ["mail", "fail-before"],
  ],
  [
    "a warehouse that says nothing and a mail server that is slow",
    ["ship", "silent"],
    ["mail", "delay", { delayMs: 300 }],
  ],
  [
    "a capture that is slow beside a mail that fails",
    ["capture", "delay", { delayMs: 600 }],
    ["mail", "fail-before", { skip: 1 }],
  ],
  [
    "a capture that fails beside a mail that is slow",
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

describe.concurrent("a run can be taken over by another worker at any moment (E14)", () => {
  test("however its steps end", async () => {
    const orders = await Promise.all(
      TROUBLES.map(async ([, ...troubles]) => {
        const body = idem.order();
        await trouble(body, troubles);
        return idem.place(body);
      }),
    );
    await Promise.all(orders.map((order) => idem.reaches(order, "completed")));
    await until("every mail", async () => {
      const kinds = await Promise.all(orders.map((order) => idem.mailKinds(order)));
      return kinds.every((of) => of.length === 2);
    });
    const { broken } = await replayAll(idem.client);
    expect(broken).toEqual([]);
  });

  test("when a cancel comes while its steps are under way", async () => {
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
        await until("the warehouse", async () => (await idem.calls(order, "authorize")).length > 0);
        await idem.cancel(order);
      }),
    );
    await Promise.all(orders.map((order) => idem.reaches(order, "cancelled")));
    const { broken } = await replayAll(idem.client);
    expect(broken).toEqual([]);
  });
});
