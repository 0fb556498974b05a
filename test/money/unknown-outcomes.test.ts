import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { EffectKind, FaultDetail, FaultOp } from "../../simulator/control-client.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { Caller } from "../rig/caller.js";
import { type OrderBody, type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

/** A call whose outcome is unknown is a question (E4): asked again, looked up, shown, and never answered by absence. */

vi.setConfig({ maxConcurrency: 16 });

let idem: TestApp;
/** Takes orders that need an operator soon, and look up before every repeat. */
let shortDelays: Caller;

beforeAll(async () => {
  idem = await TestApp.start(17, { LOOKUP_AFTER: "4s" });
  const { base } = await idem.anotherApi({ LOOKUP_AFTER: "0.1s", ATTENTION_AFTER: "2s" });
  shortDelays = new Caller(base, idem.acme.apiKey);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

/** Every event about these is lost from now on. */
const loseEvents = (match: FaultDetail) => idem.outside.fault("webhook", "drop-before", { ...match, count: -1 });

/** Loses the events that would report what the lost answer does not; a refund has two. */
async function loseAnswer({ op }: Step, match: FaultDetail): Promise<void> {
  if (op === "ship" || op === "recall") return;
  await idem.outside.fault("webhook", "drop-before", { ...match, count: op === "refund" ? 2 : 1 });
}

async function placeWithShortDelays(body: OrderBody): Promise<PlacedOrder> {
  const answer = await shortDelays.post("/v1/orders", body);
  expect(answer.status).toBe(202);
  return { id: answer.json.id, path: answer.json.links.self, key: "", body, answer };
}

const effectsOf = async (order: PlacedOrder, kind: EffectKind) => (await idem.outside.ledger(order.id, kind)).length;

/** A step at a provider, and how an order is brought to it under faults. */
interface Step {
  name: string;
  op: FaultOp;
  kind: EffectKind;
  /** Faults are set by `goWrong`, as late as they can be. */
  reach(goWrong: (match: FaultDetail) => Promise<void>, place?: typeof placeWithShortDelays): Promise<PlacedOrder>;
  ends: "completed" | "cancelled";
}

const placeSoon: typeof placeWithShortDelays = (body) => idem.place(body);

const held = async (place: typeof placeWithShortDelays): Promise<PlacedOrder> => {
  const body = idem.order();
  await idem.outside.hold({ amount: body.total });
  const order = await place(body);
  await idem.reaches(order, "confirmed");
  await waitFor("the shipment to be there", async () => (await idem.outside.shipments(order.id)).length);
  return order;
};

const AUTHORIZATION: Step = {
  name: "authorization",
  op: "authorize",
  kind: "authorization",
  ends: "completed",
  async reach(goWrong, place = placeSoon) {
    const body = idem.order();
    await goWrong({ amount: body.total });
    return place(body);
  },
};
const REQUEST: Step = { ...AUTHORIZATION, name: "shipment", op: "ship", kind: "shipment" };
const CAPTURE: Step = {
  name: "capture",
  op: "capture",
  kind: "capture",
  ends: "completed",
  async reach(goWrong, place = placeSoon) {
    const order = await held(place);
    await goWrong({ order: order.id });
    await idem.outside.webhook({ provider: "fulfilment", type: "shipment.shipped", order: order.id, which: "fresh" });
    await idem.outside.release({ amount: order.body.total });
    return order;
  },
};
const REFUND: Step = {
  name: "refund",
  op: "refund",
  kind: "refund",
  ends: "completed",
  async reach(goWrong, place = placeSoon) {
    const order = await place(idem.order());
    await idem.reaches(order, "completed");
    await goWrong({ order: order.id });
    expect((await idem.refund(order)).status).toBe(202);
    return order;
  },
};
const VOID: Step = {
  name: "void",
  op: "void",
  kind: "void",
  ends: "cancelled",
  async reach(goWrong, place = placeSoon) {
    const order = await held(place);
    await goWrong({ order: order.id });
    await idem.cancel(order);
    return order;
  },
};
const RECALL: Step = { ...VOID, name: "recall", op: "recall", kind: "recall" };

const byName = (steps: Step[]) => steps.map((step) => [step.name, step] as const);

/** The step has come to its end and the order to its own, with no attention. */
async function reachesEnd({ ends, kind }: Step, order: PlacedOrder) {
  await waitFor(`one ${kind} and the end`, async () => {
    const { status, attention, amounts } = await idem.read(order);
    const known = kind !== "refund" || amounts.refunded === order.body.total;
    return status === ends && attention === null && known;
  });
}

describe.concurrent("a provider that forgets its keys after the work is not asked to do it twice: the look-up decides (E4)", () => {
  test.each(byName([AUTHORIZATION, CAPTURE, REFUND, REQUEST]))("%s", async (_name, step) => {
    const order = await step.reach(async (match) => {
      await loseAnswer(step, match);
      await idem.outside.fault(step.op, "silent-after", { ...match, forget: true });
    }, placeWithShortDelays);
    await reachesEnd(step, order);
    expect(await effectsOf(order, step.kind)).toBe(1);
    expect(await idem.calls(order, step.op)).toHaveLength(1);
  });

  test("a decline that is looked up decides like any other", async () => {
    const body = idem.order({ method: "pm_card_chargeDeclinedInsufficientFunds" });
    await loseEvents({ amount: body.total });
    await idem.outside.fault("authorize", "silent-after", { amount: body.total, forget: true });
    const order = await placeWithShortDelays(body);
    const { failure, payment } = await idem.reaches(order, "rejected");
    expect([failure.code, payment.status]).toEqual(["payment_declined", "declined"]);
    expect(await idem.calls(order, "authorize")).toHaveLength(1);
  });
});

describe.concurrent("a stored 500 that a provider replays for ever is decided by the look-up (E4)", () => {
  test.each(byName([AUTHORIZATION, REQUEST, CAPTURE, REFUND, VOID, RECALL]))("%s", async (_name, step) => {
    const order = await step.reach(async (match) => {
      await idem.outside.fault(step.op, "fail-after", match);
      await loseAnswer(step, match);
    });
    await reachesEnd(step, order);
    const calls = await idem.calls(order, step.op);
    expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([500]));
    expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
    expect(calls.slice(1).every(({ replayed }) => replayed)).toBe(true);
    expect(await effectsOf(order, step.kind)).toBe(1);
  });
});

describe.concurrent("an unknown payment", () => {
  test("shows as accepted and unknown until the provider answers, and nothing is begun meanwhile (E4)", async () => {
    const order = await idem.placeWith("authorize", "fail-before", { count: -1 });
    const shown = async () => {
      const { status, payment, amounts, failure } = await idem.read(order);
      return JSON.stringify([status, payment.status, amounts.authorized, failure]);
    };
    const unknown = JSON.stringify(["accepted", "unknown", 0, null]);
    await waitFor("the payment to be unknown", async () => (await shown()) === unknown);
    await stays("the payment's being unknown", async () => (await shown()) === unknown);
    expect(await idem.outside.ledger(order.id)).toEqual([]);
    await idem.outside.heal(order.fault);
    await idem.reaches(order, "completed");
    const types = await idem.eventTypes(order);
    expect(types.filter((type) => type === "payment.unknown")).toHaveLength(1);
    expect(types.indexOf("payment.unknown")).toBeLessThan(types.indexOf("payment.authorized"));
    expect(await effectsOf(order, "authorization")).toBe(1);
  });

  test("keeps a cancel waiting in cancelling until it is made after all, and is then voided (E4, E7)", async () => {
    const order = await idem.placeWith("authorize", "fail-before", { count: -1 });
    await waitFor("the payment to be unknown", async () => (await idem.read(order)).payment.status === "unknown");
    expect((await idem.cancel(order)).json.status).toBe("cancelling");
    await stays("cancelling", async () => (await idem.read(order)).status === "cancelling");
    await idem.outside.heal(order.fault);
    const { payment, amounts } = await idem.reaches(order, "cancelled");
    expect(payment.status).toBe("voided");
    expect(amounts).toEqual({ total: order.body.total, authorized: order.body.total, captured: 0, refunded: 0 });
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "void"]);
    await idem.leavesNothing(order);
  });

  test("that was made keeps a cancel waiting until it is found, and is then voided (E4, E7)", async () => {
    const body = idem.order();
    const blind = [
      await loseEvents({ amount: body.total }),
      await idem.outside.fault("lookup", "fail-before", { amount: body.total, count: -1 }),
    ];
    const order = await idem.placeWith("authorize", "fail-after", {}, body);
    await waitFor("the payment to be unknown", async () => (await idem.read(order)).payment.status === "unknown");
    await idem.cancel(order);
    await stays("cancelling", async () => (await idem.read(order)).status === "cancelling");
    expect((await idem.outside.money(order.id)).live).toBe(body.total);
    for (const fault of blind) await idem.outside.heal(fault);
    await idem.reaches(order, "cancelled");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "void"]);
    await idem.leavesNothing(order);
  });

  test("is asked for under the same key for 23 h and only looked up after that (E4)", async () => {
    const order = await idem.placeWith("authorize", "fail-before", { count: -1 });
    await waitFor("the payment to be unknown", async () => (await idem.read(order)).payment.status === "unknown");
    await idem.alter(order, "update operations set first_attempt_at = now() - interval '25 hours' where order_id = $1");
    // 25 h are also beyond ATTENTION_AFTER: the attention proves that the step was tried again.
    const asked = async () => (await idem.calls(order, "authorize")).length;
    const called = await idem.reaches(order, "needs_attention");
    expect(called.attention).toMatchObject({ step: "authorize", cause: "payment_unknown" });
    expect(called.payment.status).toBe("unknown");
    const before = await asked();
    await idem.outside.heal(order.fault);
    await stays("no further request for money", async () => (await asked()) === before, 5_000);
    await idem.resolve(order, "skip");
    await idem.reaches(order, "cancelled");
    expect([await asked(), await idem.outside.ledger(order.id, "authorization")]).toEqual([before, []]);
  });

  test("that was made is found after 23 h too and the order goes on with it (E4)", async () => {
    const body = idem.order();
    const blind = await idem.outside.fault("lookup", "fail-before", { amount: body.total, count: -1 });
    const events = await loseEvents({ amount: body.total });
    const order = await idem.placeWith("authorize", "fail-after", {}, body);
    await waitFor("the payment to be unknown", async () => (await idem.read(order)).payment.status === "unknown");
    await idem.alter(
      order,
      "update operations set first_attempt_at = now() - interval '23 hours 1 minute' where order_id = $1",
    );
    const before = (await idem.calls(order, "authorize")).length;
    for (const fault of [blind, events]) await idem.outside.heal(fault);
    await idem.reaches(order, "completed");
    expect((await idem.calls(order, "authorize")).length).toBeLessThanOrEqual(before + 1);
    expect(await effectsOf(order, "authorization")).toBe(1);
  });

  test("that an operator gave up is voided when it turns up at last (E8)", async () => {
    const body = idem.order();
    const blind = await idem.outside.fault("lookup", "fail-before", { amount: body.total, count: -1 });
    const events = await loseEvents({ amount: body.total });
    await idem.outside.fault("authorize", "fail-after", { amount: body.total });
    const order = await placeWithShortDelays(body);
    await idem.reaches(order, "needs_attention");
    await idem.resolve(order, "skip");
    await idem.reaches(order, "cancelled");
    expect((await idem.outside.money(order.id)).live).toBe(body.total);
    for (const fault of [blind, events]) await idem.outside.heal(fault);
    await idem.outside.webhook({ type: "payment_intent.amount_capturable_updated", order: order.id });
    await idem.leavesNothing(order);
    expect((await idem.read(order)).status).toBe("cancelled");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "void"]);
  });
});

describe.concurrent("an outcome that stays unknown for ATTENTION_AFTER needs an operator while it is still asked, and a later answer clears the attention (E4)", () => {
  test.each(byName([AUTHORIZATION, REQUEST, CAPTURE, REFUND, VOID, RECALL]))("%s", async (_name, step) => {
    // By the retry policy the fourth failure comes after 3 s, the next try after 7 s.
    const order = await step.reach(async (match) => {
      await idem.outside.fault(step.op, "fail-before", { ...match, count: 4 });
    }, placeWithShortDelays);
    const called = await waitFor("an operator to be needed", async () => {
      const now = await idem.read(order);
      return now.attention && now;
    });
    expect(called.status).toBe(step === REFUND ? "completed" : "needs_attention");
    const cause = step === AUTHORIZATION ? "payment_unknown" : "outcome_unknown";
    expect(called.attention).toMatchObject({ step: expect.stringContaining(STEP_NAME[step.op] ?? ""), cause });
    await reachesEnd(step, order);
    const recorded = (await idem.events(order)).filter(({ type }) => type.startsWith("attention."));
    expect(recorded.map(({ type, data }) => [type, data["action"]])).toEqual([
      ["attention.raised", undefined],
      ["attention.cleared", undefined],
    ]);
    expect(await effectsOf(order, step.kind)).toBe(1);
  });

  test.each(byName([AUTHORIZATION, REFUND]))("%s, answered by an event", async (_name, step) => {
    const blind: string[] = [];
    const order = await step.reach(async (match) => {
      blind.push(await loseEvents(match), await idem.outside.fault("lookup", "fail-before", { ...match, count: -1 }));
      await idem.outside.fault(step.op, "fail-after", match);
    }, placeWithShortDelays);
    await waitFor("an operator to be needed", async () => (await idem.read(order)).attention);
    await idem.outside.heal(blind[0]);
    const type = step === REFUND ? "refund.updated" : "payment_intent.amount_capturable_updated";
    await idem.outside.webhook({ type, order: order.id });
    await reachesEnd(step, order);
    expect(await effectsOf(order, step.kind)).toBe(1);
  });
});

const STEP_NAME: Partial<Record<FaultOp, string>> = {
  authorize: "authorize",
  ship: "request/shp_",
  capture: "capture/shp_",
  refund: "refund/ref_",
  void: "void",
  recall: "recall/shp_",
};
