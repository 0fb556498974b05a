import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FaultOp } from "../../simulator/control-client.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { holdLock } from "../rig/database.js";
import { replayAll } from "../rig/replay.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

/** An order shortly before the moment at which its worker dies. */
interface Parked {
  order: PlacedOrder;
  /** Takes the last step to the moment. */
  enter?(): Promise<unknown>;
  /** Whether the moment is there. */
  there(): Promise<boolean>;
  /** What happens while no worker lives. */
  meanwhile?(): Promise<unknown>;
}

interface Moment {
  name: string;
  park(sku: string): Promise<Parked>;
  ends: "completed" | "cancelled";
  effects?: string[];
  mails?: string[];
}

const GOOD = ["authorization", "capture", "shipment"];
const UNDONE = ["authorization", "recall", "shipment", "void"];
const RECOVERS_WITHIN_MS = 110_000;

let idem: TestApp;

/** Calls of one kind hang from now on, before or after their effect, and no event reports it. */
async function hang(op: FaultOp, when: "before" | "after", order: { order: string } | { amount: number }) {
  const { outside } = idem;
  const faults = [
    await outside.fault(op, when === "after" ? "silent-after" : "silent", { ...order, count: -1 }),
    await outside.fault("webhook", "drop-before", { ...order, count: -1 }),
  ];
  return async () => {
    for (const fault of faults) await outside.heal(fault);
  };
}

const asked = async (order: PlacedOrder, op: FaultOp) => (await idem.calls(order, op)).length > 0;
const took = async (order: PlacedOrder, kind: string) =>
  (await idem.outside.kinds(order.id)).some((one) => one === kind);
const release = (order: PlacedOrder) => idem.outside.release({ amount: order.body.total });
const eventsDelivered = (order: PlacedOrder) =>
  waitFor("its events to be delivered", async () => {
    const events = await idem.outside.webhooks(order.id);
    return events.length > 0 && events.every(({ owed }) => !owed);
  });

/** An order that hangs in its authorization or its request to the warehouse. */
async function parkAt(
  op: "authorize" | "ship",
  when: "before" | "after",
  effect: string,
  sku: string,
): Promise<Parked> {
  const body = idem.order({ sku });
  const heal = await hang(op, when, { amount: body.total });
  const order = await idem.place(body);
  const there = () => (when === "before" ? asked(order, op) : took(order, effect));
  return { order, there, meanwhile: heal };
}

/** A held order in which something is then begun that hangs. */
async function parkHeld(
  op: FaultOp,
  when: "before" | "after",
  effect: string,
  begin: (order: PlacedOrder) => Promise<unknown>,
  sku: string,
): Promise<Parked> {
  const order = await idem.held({ sku });
  await eventsDelivered(order);
  let heal = async () => {};
  return {
    order,
    enter: async () => {
      // The event that begins it is let through.
      if (op === "capture") await idem.outside.advance(order.id, "shipped", { notify: false });
      heal = await hang(op, when, { order: order.id });
      await begin(order);
    },
    there: () => (when === "before" ? asked(order, op) : took(order, effect)),
    meanwhile: async () => {
      await heal();
      await release(order);
    },
  };
}

const tellShipped = ({ id }: PlacedOrder) =>
  idem.outside.webhook({ provider: "fulfilment", type: "shipment.shipped", order: id });

const MOMENTS: Moment[] = [
  {
    name: "while the stock is being reserved",
    ends: "completed",
    async park(sku) {
      const url = idem.env["DATABASE_URL"] ?? "";
      const letGo = await holdLock(url, "select 1 from stock where sku = $1 for update", [sku]);
      const order = await idem.place(idem.order({ sku }));
      const there = async () => {
        const waiting = `select 1 from pg_stat_activity as waiting
          join pg_stat_activity as holder on holder.pid = any(pg_blocking_pids(waiting.pid))
          where waiting.datname = current_database() and holder.query like 'select 1 from stock%'`;
        return (await idem.db.query(waiting)).rows.length > 0;
      };
      return { order, there, meanwhile: letGo };
    },
  },
  {
    name: "while the authorization is asked for and not yet made",
    ends: "completed",
    park: (sku) => parkAt("authorize", "before", "authorization", sku),
  },
  {
    name: "when the authorization is made and not yet answered",
    ends: "completed",
    park: (sku) => parkAt("authorize", "after", "authorization", sku),
  },
  {
    name: "while the customer acts",
    ends: "completed",
    mails: ["action-needed", "confirmation", "shipped"],
    async park(sku) {
      const order = await idem.place(idem.order({ sku, method: "pm_card_authenticationRequired" }));
      await idem.reaches(order, "awaiting_payment");
      await waitFor("the email to the customer", async () => (await idem.mailKinds(order)).length === 1);
      return { order, there: async () => true, meanwhile: () => idem.outside.customer(order.id) };
    },
  },
  {
    name: "while an operator decides",
    ends: "completed",
    async park(sku) {
      const order = await idem.place(idem.dear({ sku }));
      await idem.reaches(order, "awaiting_approval");
      return { order, there: async () => true, meanwhile: () => idem.decide(order, "approve") };
    },
  },
  {
    name: "when the email server has taken the confirmation and not yet said so",
    ends: "completed",
    async park(sku) {
      const body = idem.order({ sku });
      const { email: to } = body.customer;
      const fault = await idem.outside.fault("mail", "silent-after", { to, count: -1 });
      await idem.outside.hold({ amount: body.total });
      const order = await idem.place(body);
      return {
        order,
        there: async () => (await idem.outside.mails(to)).length > 0,
        meanwhile: () => Promise.all([idem.outside.heal(fault), release(order)]),
      };
    },
  },
  {
    name: "when the warehouse has taken the shipment and not yet said so",
    ends: "completed",
    park: (sku) => parkAt("ship", "after", "shipment", sku),
  },
  {
    name: "while the shipment waits in the warehouse",
    ends: "completed",
    async park(sku) {
      const order = await idem.held({ sku });
      return { order, there: async () => true, meanwhile: () => release(order) };
    },
  },
  {
    name: "while the capture is asked for and not yet made",
    ends: "completed",
    park: (sku) => parkHeld("capture", "before", "capture", tellShipped, sku),
  },
  {
    name: "when the capture is made and not yet answered",
    ends: "completed",
    park: (sku) => parkHeld("capture", "after", "capture", tellShipped, sku),
  },
  {
    name: "when the email server has taken the shipped email and not yet said so",
    ends: "completed",
    async park(sku) {
      const order = await idem.held({ sku });
      const { email: to } = order.body.customer;
      await waitFor("the confirmation", async () => (await idem.outside.mails(to)).length === 1);
      const fault = await idem.outside.fault("mail", "silent-after", { to, count: -1 });
      return {
        order,
        enter: () => idem.outside.advance(order.id, "shipped"),
        there: async () => (await idem.outside.mails(to)).length === 2,
        meanwhile: () => Promise.all([idem.outside.heal(fault), release(order)]),
      };
    },
  },
  {
    name: "between shipped and delivered",
    ends: "completed",
    async park(sku) {
      const order = await idem.held({ sku });
      await idem.outside.advance(order.id, "shipped");
      const captured = async () => (await idem.read(order)).amounts.captured > 0;
      return { order, there: captured, meanwhile: () => idem.outside.advance(order.id, "delivered") };
    },
  },
  {
    name: "when a cancel's recall is made and not yet answered",
    ends: "cancelled",
    park: (sku) => parkHeld("recall", "after", "recall", (order) => idem.cancel(order), sku),
  },
  {
    name: "while a cancel's void is asked for and not yet made",
    ends: "cancelled",
    park: (sku) => parkHeld("void", "before", "void", (order) => idem.cancel(order), sku),
  },
  {
    name: "when a cancel's void is made and not yet answered",
    ends: "cancelled",
    park: (sku) => parkHeld("void", "after", "void", (order) => idem.cancel(order), sku),
  },
  {
    name: "when a refund is made and not yet answered",
    ends: "completed",
    effects: [...GOOD, "refund"].sort(),
    mails: ["confirmation", "refunded", "shipped"],
    async park(sku) {
      const order = await idem.completed({ sku });
      await eventsDelivered(order);
      let heal = async () => {};
      return {
        order,
        enter: async () => {
          heal = await hang("refund", "after", { order: order.id });
          await idem.refund(order);
        },
        there: () => took(order, "refund"),
        meanwhile: () => heal(),
      };
    },
  },
  {
    name: "when a cancelled order's last email is out and its workflow task is not",
    ends: "cancelled",
    effects: [],
    mails: ["action-needed", "cancelled"],
    async park(sku) {
      const order = await idem.place(idem.order({ sku, method: "pm_card_authenticationRequired" }));
      await idem.reaches(order, "awaiting_payment");
      const { email: to } = order.body.customer;
      await waitFor("the email to the customer", async () => (await idem.outside.mails(to)).length === 1);
      const fault = await idem.outside.fault("mail", "silent-after", { to, count: -1 });
      return {
        order,
        enter: () => idem.cancel(order),
        there: async () => (await idem.outside.mails(to)).length === 2,
        meanwhile: () => idem.outside.heal(fault),
      };
    },
  },
  {
    name: "before the start is dispatched",
    ends: "completed",
    async park(sku) {
      // The last moment to be entered: a worker that hears nothing any more is dead already.
      const order = await idem.place(idem.order({ sku }));
      const rows = () => idem.db.query("select 1 from outbox where subject_id = $1 and attempts = 0", [order.id]);
      return { order, there: async () => (await rows()).rows.length === 1 };
    },
  },
];

const parked = new Map<Moment, Parked & { sku: string }>();

function parkedAt(moment: Moment) {
  const found = parked.get(moment);
  if (!found) throw new Error("every moment was parked");
  return found;
}

async function arrive(moments: Moment[]): Promise<void> {
  const arriving = await Promise.all(
    moments.map(async (moment) => {
      const sku = await idem.stockedSku(1);
      const one = { ...(await moment.park(sku)), sku };
      parked.set(moment, one);
      return { moment, one };
    }),
  );
  await Promise.all(arriving.map(async ({ one }) => one.enter?.()));
  await Promise.all(arriving.map(({ moment, one }) => waitFor(`the moment ${moment.name}`, one.there)));
}

beforeAll(async () => {
  idem = await TestApp.start(7);
  await arrive(MOMENTS.slice(0, -2));
  await arrive(MOMENTS.slice(-2, -1)); // it lasts a second
  idem.worker.freeze();
  await arrive(MOMENTS.slice(-1));
  await idem.worker.kill();
  for (const { meanwhile } of parked.values()) await meanwhile?.();
  await idem.worker.start();
}, 120_000);
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

describe.concurrent("a worker that is killed leaves each effect made once (M14, M11)", () => {
  test.each(MOMENTS.map((moment) => [moment.name, moment] as const))(
    "%s",
    async (_name, moment) => {
      const { order, sku } = parkedAt(moment);
      const { ends, effects = ends === "completed" ? GOOD : UNDONE } = moment;
      const { mails = ends === "completed" ? ["confirmation", "shipped"] : ["cancelled", "confirmation"] } = moment;
      await waitFor(ends, async () => (await idem.read(order)).status === ends, RECOVERS_WITHIN_MS);
      await waitFor(
        "the last email",
        async () => (await idem.mailKinds(order)).length >= mails.length,
        RECOVERS_WITHIN_MS,
      );

      expect((await idem.outside.kinds(order.id)).sort()).toEqual(effects);
      expect(await idem.mailKinds(order)).toEqual(mails);
      expect(await oneKeyPerStep(order)).toBe(true);
      const onHand = ends === "completed" ? 0 : 1;
      expect(await idem.stock(sku)).toEqual({ onHand, reserved: 0, available: onHand });
    },
    RECOVERS_WITHIN_MS + 10_000,
  );
});

test("every run could be taken over at any moment by another worker", async () => {
  const { runs, broken } = await replayAll(idem.client);
  expect(broken).toEqual([]);
  expect(runs).toBeGreaterThanOrEqual(MOMENTS.length);
});

async function oneKeyPerStep(order: PlacedOrder): Promise<boolean> {
  const calls = await idem.calls(order);
  const steps = new Set(calls.map(({ op }) => op));
  const keys = new Set(calls.map(({ key }) => key));
  const requests = new Set(calls.map(({ op, path, params }) => JSON.stringify([op, path, params])));
  return keys.size === steps.size && requests.size === steps.size && !keys.has(null);
}
