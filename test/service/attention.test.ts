import { randomUUID } from "node:crypto";
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FaultAction, FaultOp } from "../../simulator/control-client.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { retryWhileUnavailable } from "../rig/caller.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

let idem: TestApp;
/** An operator at the provider's dashboard. */
let stripe: Stripe;
beforeAll(async () => {
  idem = await TestApp.start(4, { DELIVERY_DEADLINE: "8s" });
  const { hostname: host, port } = new URL(idem.env["STRIPE_API_BASE"] ?? "");
  stripe = new Stripe("sk_test_operator", { host, port: Number(port), protocol: "http", telemetry: false });
});
// Operators resolved some of it outside Idem, or left it: that is what these tests are about.
const RESOLVED_OUTSIDE = /^(the provider captured 0|the provider still holds|the warehouse does not know)/;
afterAll(() => auditIsClean(idem, RESOLVED_OUTSIDE).finally(() => idem.stop()));

const GOOD = ["authorization", "shipment", "capture"];
const inAttention = (order: PlacedOrder) => idem.reaches(order, "needs_attention");
const listed = async (order: PlacedOrder, status: string) =>
  (await idem.acme.get(`/v1/orders?status=${status}&reference=${order.body.reference}`)).json.items.length;
const reachesCleared = async (order: PlacedOrder, ...statuses: string[]) => {
  const now = await idem.reaches(order, ...statuses);
  expect(now.attention).toBeNull();
  return now;
};

/** An order with an operation that the provider refused for good. */
async function refused(op: FaultOp, action: FaultAction): Promise<PlacedOrder> {
  const order = await idem.placeWith(op, action);
  await inAttention(order);
  return order;
}

/** A held order whose cancel meets a refusal for good. */
async function refusedCancel(op: "void" | "recall"): Promise<PlacedOrder> {
  const order = await idem.held();
  await idem.outside.fault(op, "refuse", { order: order.id });
  await idem.cancel(order);
  await inAttention(order);
  return order;
}

const anotherAmount = (order: PlacedOrder) =>
  idem.outside.webhook({
    type: "payment_intent.amount_capturable_updated",
    order: order.id,
    which: "fresh",
    change: { amount: 1, amount_capturable: 1 },
  });

describe.concurrent("an order that needs an operator", () => {
  test("says which step, why, since when, what is at stake and what can be done (section 2, E5)", async () => {
    const order = await refused("capture", "decline");
    const now = await idem.read(order);
    const [shipment] = now.shipments;
    expect(now.attention).toEqual({
      id: expect.stringMatching(/^att_[a-z2-7]{32}$/),
      step: `capture/${shipment.id}`,
      cause: "capture_refused",
      since: expect.stringMatching(/^\d{4}-.*Z$/),
      amount: order.body.total,
      currency: "EUR",
      actions: ["retry", "mark-done", "skip"],
      resolution: null,
    });
    const raised = (await idem.events(order)).find(({ type }) => type === "attention.raised");
    expect(raised?.data).toMatchObject({ step: now.attention.step, cause: "capture_refused" });
  });

  test("is found by needs_attention and by nothing else, and by Temporal's search (section 2)", async () => {
    const order = await refused("capture", "decline");
    expect([await listed(order, "needs_attention"), await listed(order, "shipped")]).toEqual([1, 0]);
    const query = `NeedsAttention = true AND OrderStatus = "needs_attention" AND WorkflowId = "order/${order.id}"`;
    await waitFor("Temporal to show it", async () => (await idem.client.workflow.count(query)).count === 1);
    await idem.resolve(order, "skip");
    await reachesCleared(order, "completed");
    expect(await listed(order, "needs_attention")).toBe(0);
    await waitFor("Temporal to show it", async () => (await idem.client.workflow.count(query)).count === 0);
  });

  test("still takes facts from outside in and money for what ships (section 2)", async () => {
    const order = await idem.held();
    expect(await anotherAmount(order)).toEqual([204]);
    expect((await inAttention(order)).attention.cause).toBe("event_mismatch");
    await idem.outside.advance(order.id, "shipped");
    await waitFor("the capture", async () => (await idem.read(order)).amounts.captured === order.body.total);
    expect((await idem.read(order)).status).toBe("needs_attention");
    await idem.outside.advance(order.id, "delivered");
    await waitFor("the delivery", async () => (await idem.read(order)).shipments[0].status === "delivered");
    await idem.resolve(order, "skip");
    await reachesCleared(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });

  test("asks for nothing new: no shipment before the operator has decided (section 2)", async () => {
    const order = await idem.place(idem.dear());
    await idem.reaches(order, "awaiting_approval");
    await anotherAmount(order);
    await inAttention(order);
    await idem.decide(order, "approve");
    await stays("no shipment", async () => (await idem.outside.shipments(order.id)).length === 0);
    await idem.resolve(order, "skip");
    await reachesCleared(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });

  test("may be closed already: the status stays, and both lists find it (section 2)", async () => {
    const order = await idem.completed();
    await anotherAmount(order);
    await waitFor("attention", async () => (await idem.read(order)).attention?.cause === "event_mismatch");
    expect((await idem.read(order)).status).toBe("completed");
    expect([await listed(order, "needs_attention"), await listed(order, "completed")]).toEqual([1, 1]);
    await idem.resolve(order, "skip");
    await waitFor("the attention to be cleared", async () => (await idem.read(order)).attention === null);
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });
});

describe.concurrent("a capture that was refused for good", () => {
  test("is made when tried again, under a new key (E9, E3)", async () => {
    const order = await refused("capture", "decline");
    await idem.resolve(order, "retry");
    await reachesCleared(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    const [first, second] = (await idem.calls(order, "capture")).map(({ key }) => key);
    expect(second).not.toBe(first);
    expect(second).toContain(first);
  });

  test("counts as made by a reference under which the provider shows it, without a call (section 2)", async () => {
    const order = await refused("capture", "decline");
    const { reference } = (await idem.read(order)).payment;
    await stripe.paymentIntents.capture(reference);
    const calls = await idem.calls(order, "capture");
    await idem.resolve(order, "mark-done", { reference });
    const now = await reachesCleared(order, "completed");
    expect(now.amounts.captured).toBe(order.body.total);
    expect(await idem.calls(order, "capture")).toEqual(calls);
  });

  test("does not count as made by a reference that does not match: the attention stays (section 2)", async () => {
    const order = await refused("capture", "decline");
    await idem.resolve(order, "mark-done", { reference: "pi_of_another_order" });
    await waitFor("the refusal", async () => (await idem.eventTypes(order)).includes("attention.resolution_refused"));
    const now = await idem.read(order);
    expect([now.status, now.attention.resolution, now.amounts.captured]).toEqual(["needs_attention", null, 0]);
    await idem.resolve(order, "retry");
    await reachesCleared(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });

  test("that was paid otherwise releases what is held (section 2)", async () => {
    const order = await refused("capture", "decline");
    await idem.resolve(order, "mark-done", { paidOtherwise: true });
    const now = await reachesCleared(order, "completed");
    expect([now.amounts.captured, now.amounts.refunded]).toEqual([0, 0]);
    expect(await idem.outside.money(order.id)).toMatchObject({ live: 0, net: 0 });
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "void"]);
  });

  test.each([{}, { reference: "pi_1", paidOtherwise: true }])(
    "marked done with %j is 422 (section 2)",
    async (more) => {
      const order = await refused("capture", "decline");
      const answer = await idem.resolve(order, "mark-done", more);
      expect([answer.status, answer.problem]).toEqual([422, "invalid-request"]);
      await idem.resolve(order, "skip");
      await reachesCleared(order, "completed");
    },
  );

  test("is skipped when an operator says so", async () => {
    const order = await refused("capture", "decline");
    await idem.resolve(order, "skip");
    const now = await reachesCleared(order, "completed");
    expect(now.amounts.captured).toBe(0);
  });
});

describe.concurrent("a cancel that could not undo", () => {
  test("waits as needs_attention with the money at stake and ends cancelled when the void works (E5)", async () => {
    const order = await refusedCancel("void");
    const { attention } = await idem.read(order);
    expect(attention).toMatchObject({ step: "void", cause: "void_refused", amount: order.body.total });
    expect((await idem.cancel(order)).status).toBe(200); // cancelling again is idempotent
    await idem.resolve(order, "retry");
    await reachesCleared(order, "cancelled");
    await idem.leavesNothing(order);
  });

  test.each(["mark-done", "skip"])("ends cancelled when an operator answers %s, and asks no more", async (action) => {
    const order = await refusedCancel("void");
    await idem.resolve(order, action);
    await reachesCleared(order, "cancelled");
    expect(await idem.calls(order, "void")).toHaveLength(1);
  });

  test("nor waits for the customer of a payment that an operator says was voided", async () => {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    await idem.outside.fault("void", "refuse", { order: order.id });
    await idem.cancel(order);
    await inAttention(order);
    await idem.resolve(order, "mark-done");
    const now = await reachesCleared(order, "cancelled");
    expect(now.payment.status).toBe("voided");
    expect(await idem.calls(order, "void")).toHaveLength(1);
  });

  test("still undoes the rest: a recall that is refused keeps no void back for ever (E5)", async () => {
    const order = await refusedCancel("recall");
    expect((await idem.read(order)).attention.cause).toBe("recall_refused");
    await idem.resolve(order, "retry");
    await reachesCleared(order, "cancelled");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "recall", "void"]);
  });
});

describe.concurrent("a shipment that was refused for good", () => {
  test("goes out when tried again", async () => {
    const order = await refused("ship", "refuse");
    expect((await idem.read(order)).attention.cause).toBe("shipment_refused");
    await idem.resolve(order, "retry");
    await reachesCleared(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });

  test("goes on by the warehouse's events when an operator handed it over", async () => {
    const order = await refused("ship", "refuse");
    const [shipment] = (await idem.read(order)).shipments;
    await idem.resolve(order, "mark-done", { reference: "handed over at the gate" });
    await reachesCleared(order, "confirmed");
    const object = { id: shipment.id, orderId: order.id, carrier: "Van", trackingNumber: "1" };
    for (const type of ["shipment.shipped", "shipment.delivered"]) {
      await idem.outside.webhook({ provider: "fulfilment", type, object });
    }
    await reachesCleared(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "capture"]);
  });

  test("ends the order when an operator gives it up: shipment_failed, nothing is left (E1)", async () => {
    const order = await refused("ship", "refuse");
    await idem.resolve(order, "skip");
    const now = await reachesCleared(order, "cancelled");
    expect(now.failure.code).toBe("shipment_failed");
    await idem.leavesNothing(order);
  });

  test("does not keep a cancel from ending (E7)", async () => {
    const order = await refused("ship", "refuse");
    expect((await idem.cancel(order)).status).toBe(200);
    await reachesCleared(order, "cancelled");
    await idem.leavesNothing(order);
  });
});

describe.concurrent("an operator is needed", () => {
  test("when a delivery is overdue, and cleared when it is reported after all (section 8)", async () => {
    const order = await idem.held();
    await idem.outside.advance(order.id, "shipped");
    expect((await inAttention(order)).attention.cause).toBe("delivery_overdue");
    await idem.resolve(order, "mark-done");
    await reachesCleared(order, "completed");
  });

  test("when the payment is cancelled by hand at the provider (M12)", async () => {
    const order = await idem.held();
    const { reference } = (await idem.read(order)).payment;
    const answer = await fetch(`${idem.env["STRIPE_API_BASE"]}/v1/payment_intents/${reference}/cancel`, {
      method: "POST",
      headers: { Authorization: "Bearer sk_test_somebody" },
    });
    expect(answer.status).toBe(200);
    expect((await inAttention(order)).attention.cause).toBe("payment_cancelled_outside");
    await idem.resolve(order, "skip");
    await reachesCleared(order, "cancelled");
    await idem.leavesNothing(order);
  });
});

describe.concurrent("a resolution", () => {
  test("is an operator's, fits what waits, and is refused when nothing waits (sections 2 and 7)", async () => {
    const order = await idem.held();
    expect((await idem.resolve(order, "retry")).problem).toBe("nothing-to-resolve");
    await anotherAmount(order);
    await inAttention(order);
    expect((await idem.resolve(order, "skip", {}, { as: idem.acme })).problem).toBe("forbidden");
    const unfit = await idem.resolve(order, "retry");
    expect([unfit.problem, unfit.json.errors[0].pointer]).toEqual(["invalid-request", "/action"]);
    expect((await idem.resolve(order, "explode")).problem).toBe("invalid-request");
    expect((await idem.resolve(order, "skip", { reason: undefined })).problem).toBe("invalid-request");
    expect((await idem.read(order)).status).toBe("needs_attention");
  });

  test("is kept with who, what and why (section 2)", async () => {
    const order = await idem.held();
    await anotherAmount(order);
    await inAttention(order);
    await idem.resolve(order, "skip", { reason: "a test event" });
    await reachesCleared(order, "confirmed");
    const resolved = (await idem.events(order)).find(({ type }) => type === "attention.resolved");
    expect(resolved).toMatchObject({ actor: "operator", data: { action: "skip", cause: "event_mismatch" } });
  });

  test("has a key: its repeat succeeds, another one under it is refused (K5, M6)", async () => {
    const order = await refused("capture", "decline");
    const key = randomUUID();
    expect((await idem.resolve(order, "retry", {}, { key })).replayed).toBe(false);
    expect((await idem.resolve(order, "retry", {}, { key })).replayed).toBe(true);
    expect((await idem.resolve(order, "skip", {}, { key })).problem).toBe("idempotency-key-reused");
    await reachesCleared(order, "completed");
    const late = await idem.resolve(order, "retry", {}, { key });
    expect([late.status, late.replayed, late.json.status]).toEqual([200, true, "completed"]);
    expect(await idem.calls(order, "capture")).toHaveLength(2);
  });

  test("counts once when six come at one moment (M16)", async () => {
    const order = await refused("capture", "decline");
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => retryWhileUnavailable((key) => idem.resolve(order, "retry", {}, { key }))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ problem }) => problem === "nothing-to-resolve")).toHaveLength(5);
    await reachesCleared(order, "completed");
    expect(await idem.calls(order, "capture")).toHaveLength(2);
  });
});

test("the first page leads to runs by queries that Temporal takes, one of them to those in attention", async () => {
  const order = await refused("capture", "decline");
  const page = await (await fetch(idem.base)).text();
  const queries = [...page.matchAll(/\/workflows\?query=([^"]+)"/g)].map(([, query = ""]) => decodeURIComponent(query));
  expect(queries).toHaveLength(3);
  for (const query of queries) await idem.client.workflow.count(query);
  const [inAttentionNow = ""] = queries;
  await waitFor("its run among them", async () => {
    for await (const { workflowId } of idem.client.workflow.list({ query: inAttentionNow }))
      if (workflowId.includes(order.id)) return true;
    return false;
  });
});
