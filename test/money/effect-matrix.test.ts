import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { EffectKind, FaultAction, FaultDetail, FaultOp, Money } from "../../simulator/control-client.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { type OrderBody, type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

/** Every effect against everything that may become of a call: each pair is a test, and the providers' ledgers decide. */

vi.setConfig({ maxConcurrency: 16, testTimeout: 90_000 });

/** Where an order ends, by the records of all who took part in it. */
interface End {
  status: "completed" | "cancelled" | "rejected";
  payment: string;
  effects: EffectKind[];
  money(total: number): Money;
  /** What is still on the shelf of the one unit that was there. */
  onHand: 0 | 1;
  mails: string[];
}

const DELIVERED: End = {
  status: "completed",
  payment: "captured",
  effects: ["authorization", "capture", "shipment"],
  money: (total) => ({ live: 0, captured: total, refunded: 0, net: total }),
  onHand: 0,
  mails: ["confirmation", "shipped"],
};
const TAKEN_BACK: End = {
  status: "cancelled",
  payment: "voided",
  effects: ["authorization", "recall", "shipment", "void"],
  money: () => ({ live: 0, captured: 0, refunded: 0, net: 0 }),
  onHand: 1,
  mails: ["cancelled", "confirmation"],
};
const REFUNDED: End = {
  ...DELIVERED,
  payment: "refunded",
  effects: ["authorization", "capture", "refund", "shipment"],
  money: (total) => ({ live: 0, captured: total, refunded: total, net: 0 }),
  mails: ["confirmation", "refunded", "shipped"],
};
const REFUSED: End = {
  status: "rejected",
  payment: "declined",
  effects: [],
  money: () => ({ live: 0, captured: 0, refunded: 0, net: 0 }),
  onHand: 1,
  mails: [],
};

/** A call that goes wrong, as the simulator scripts it. */
interface Outcome {
  name: string;
  action: FaultAction | null;
  /** The SDK repeats a cut connection once by itself, so that it takes two for anybody to notice. */
  count?: number;
}

const OUTCOMES: Outcome[] = [
  { name: "is answered at once", action: null },
  { name: "is answered with 500 after the work", action: "fail-after" },
  { name: "loses its connection after the work", action: "drop-after", count: 2 },
  { name: "loses its connection before the work", action: "drop-before", count: 2 },
  { name: "is never answered", action: "silent" },
  { name: "is put off by 429 with Retry-After", action: "limit" },
  {
    name: "is answered that our key is not valid, which says nothing of the order (E4)",
    action: "unauthorized",
    count: 3,
  },
  { name: "is answered that our account may not, which says nothing of the order (E4)", action: "forbid", count: 3 },
  { name: "is refused for good", action: "refuse" },
];

interface Setting {
  sku: string;
  /** Scripts what becomes of this order's next call of the effect's kind. */
  goWrong(match: FaultDetail): Promise<void>;
}

interface Effect {
  name: string;
  op: FaultOp;
  /** Brings an order to the effect and beyond. */
  begin(setting: Setting): Promise<PlacedOrder>;
  end: End;
  /** What a refusal for good makes of it. */
  refused:
    | { end: End }
    /** An operator is needed for this step and has it tried again. */
    | { step: RegExp; cause: string; shows: string };
}

let idem: TestApp;

async function placed({ sku, goWrong }: Setting): Promise<PlacedOrder> {
  const body = idem.order({ sku });
  await goWrong({ amount: body.total });
  return idem.place(body);
}

/** A confirmed order that waits in the warehouse and is then cancelled. */
async function cancelled({ sku, goWrong }: Setting): Promise<PlacedOrder> {
  const order = await idem.held({ sku });
  await goWrong({ order: order.id });
  await idem.cancel(order);
  return order;
}

const EFFECTS: Effect[] = [
  { name: "authorization", op: "authorize", begin: placed, end: DELIVERED, refused: { end: REFUSED } },
  {
    name: "capture",
    op: "capture",
    begin: placed,
    end: DELIVERED,
    refused: { step: /^capture\/shp_/, cause: "capture_refused", shows: "needs_attention" },
  },
  {
    name: "void",
    op: "void",
    begin: cancelled,
    end: TAKEN_BACK,
    refused: { step: /^void$/, cause: "void_refused", shows: "needs_attention" },
  },
  {
    name: "refund",
    op: "refund",
    async begin({ sku, goWrong }) {
      const order = await idem.completed({ sku });
      await goWrong({ order: order.id });
      await idem.refund(order);
      return order;
    },
    end: REFUNDED,
    // A final status stays; the attention stands beside it.
    refused: { step: /^refund\/ref_/, cause: "refund_refused", shows: "completed" },
  },
  {
    name: "request to the warehouse",
    op: "ship",
    begin: placed,
    end: DELIVERED,
    refused: { step: /^request\/shp_/, cause: "shipment_refused", shows: "needs_attention" },
  },
  {
    name: "recall",
    op: "recall",
    begin: cancelled,
    end: TAKEN_BACK,
    refused: { step: /^recall\/shp_/, cause: "recall_refused", shows: "needs_attention" },
  },
  {
    name: "mail",
    op: "mail",
    async begin({ sku, goWrong }) {
      const body: OrderBody = idem.order({ sku });
      await goWrong({ to: body.customer.email, count: 1 });
      return idem.place(body);
    },
    end: DELIVERED,
    refused: { end: { ...DELIVERED, mails: ["shipped"] } },
  },
];

beforeAll(async () => {
  idem = await TestApp.start(16, { LOOKUP_AFTER: "2s" });
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

const byName = <T extends { name: string }>(rows: T[]) => rows.map((row) => [row.name, row] as const);

describe.concurrent.each(byName(EFFECTS))(
  "a %s is made once or not at all and its order ends right (E1-E6) when its call",
  (_name, effect) => {
    test.each(byName(OUTCOMES))("%s", async (_outcome, { action, count = 1 }) => {
      const sku = await idem.stockedSku(1);
      const faults: string[] = [];
      const order = await effect.begin({
        sku,
        async goWrong(match) {
          if (action !== null) faults.push(await idem.outside.fault(effect.op, action, { count, ...match }));
        },
      });
      for (const fault of faults)
        await waitFor("the fault to strike", async () => (await idem.outside.hits(fault)) > 0);

      const refused = action === "refuse" ? effect.refused : null;
      if (refused && "step" in refused) await resolveByRetry(order, refused);
      const end = refused && "end" in refused ? refused.end : effect.end;
      await endsAs(order, sku, end);
      await repeatsAreTheSame(order, refused && "step" in refused ? effect.op : null);
      const mailsRefused = (await idem.events(order)).filter(({ type }) => type === "email.refused");
      expect(mailsRefused.map(({ data }) => data["kind"])).toEqual(
        effect.op === "mail" && refused ? ["confirmation"] : [],
      );
    });
  },
);

/** A refusal for good needs an operator, nothing moves meanwhile, and the operator's retry is made under a key of its own. */
async function resolveByRetry(
  order: PlacedOrder,
  { step, cause, shows }: { step: RegExp; cause: string; shows: string },
) {
  const called = await waitFor("an operator to be needed", async () => {
    const now = await idem.read(order);
    return now.attention && now;
  });
  expect(called.status).toBe(shows);
  expect(called.attention).toMatchObject({ step: expect.stringMatching(step), cause });
  expect(called.attention.actions).toContain("retry");
  expect((await idem.resolve(order, "retry")).status).toBe(200);
}

async function endsAs(order: PlacedOrder, sku: string, end: End): Promise<void> {
  const { total } = order.body;
  const money = end.money(total);
  await waitFor(
    `the end ${end.status}`,
    async () => {
      const { status, attention, amounts } = await idem.read(order);
      return status === end.status && attention === null && amounts.refunded === money.refunded;
    },
    80_000,
  );
  await waitFor("its emails", async () => (await idem.mailKinds(order)).length >= end.mails.length);

  expect(await idem.mailKinds(order)).toEqual(end.mails);
  expect((await idem.outside.kinds(order.id)).sort()).toEqual(end.effects);
  expect(await idem.outside.money(order.id)).toEqual(money);
  const { payment, amounts } = await idem.read(order);
  expect(payment.status).toBe(end.payment);
  expect(amounts).toEqual({
    total,
    authorized: end.effects.length === 0 ? 0 : total,
    captured: money.captured,
    refunded: money.refunded,
  });
  expect(await idem.stock(sku)).toEqual({ onHand: end.onHand, reserved: 0, available: end.onHand });
  const going = (await idem.outside.shipments(order.id)).map(({ status }) => status);
  expect(going).toEqual(end.status === "completed" ? ["delivered"] : end.effects.length === 0 ? [] : ["cancelled"]);
}

/** E3: each step has one key and one request, however often it is made; an operator's retry of a refusal has its own key. */
async function repeatsAreTheSame(order: PlacedOrder, retried: FaultOp | null): Promise<void> {
  const calls = await idem.calls(order);
  for (const op of new Set(calls.map((call) => call.op))) {
    const own = calls.filter((call) => call.op === op);
    const keys = [...new Set(own.map(({ key }) => key))];
    const first = keys[0];
    expect(first).toMatch(new RegExp(`^${order.id}/`));
    expect(keys).toEqual(op === retried ? [first, `${first}#2`] : [first]);
    expect(new Set(own.map(({ path, params }) => JSON.stringify([path, params]))).size).toBe(1);
  }
}
