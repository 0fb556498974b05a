import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idemCli } from "../rig/idem-cli.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { Caller } from "../rig/caller.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

/** What an operator's word does to the one attention that it was given for, and that the books are right after it. */

let idem: TestApp;
/** An operator at the provider's dashboard. */
let stripe: Stripe;
/** Takes orders that need an operator soon. */
let shortDelays: Caller;
beforeAll(async () => {
  idem = await TestApp.start(12, { LOOKUP_AFTER: "2s" });
  const { hostname: host, port } = new URL(idem.env["STRIPE_API_BASE"] ?? "");
  const { base } = await idem.anotherApi({ ATTENTION_AFTER: "2s" });
  shortDelays = new Caller(base, idem.acme.apiKey);
  stripe = new Stripe("sk_test_operator", { host, port: Number(port), protocol: "http", telemetry: false });
});
// Whatever an operator resolved here leaves nothing for the audit to find.
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

const attentionOf = async (order: PlacedOrder) => (await idem.read(order)).attention;
const needed = (order: PlacedOrder) => waitFor("an operator to be needed", () => attentionOf(order));
const resolved = (order: PlacedOrder) => waitFor("nothing open", async () => (await attentionOf(order)) === null);
const closes = (workflowId: string) =>
  waitFor("the run to close", async () => (await idem.runStatus(workflowId)) === "COMPLETED");
const refundOf = async (order: PlacedOrder, id: string) => (await idem.acme.get(`${order.path}/refunds/${id}`)).json;

/** The provider's refund of one of ours. */
async function madeFor(id: string): Promise<Stripe.Refund | undefined> {
  return (await stripe.refunds.list({ limit: 100 })).data.find(({ metadata }) => metadata?.["refundId"] === id);
}

async function placeWithShortDelays(): Promise<PlacedOrder> {
  const body = idem.order();
  const answer = await shortDelays.post("/v1/orders", body);
  return { id: answer.json.id, path: answer.json.links.self, key: "", body, answer };
}

/** Every open attention of an order, oldest first. */
async function openOf(order: PlacedOrder): Promise<{ id: string; step: string }[]> {
  const { items } = (await idem.operator.get("/v1/attentions?limit=100")).json;
  return items.filter(({ orderId }: { orderId: string }) => orderId === order.id);
}

describe.concurrent("a mismatch that an operator resolved leaves a clean audit", () => {
  test("of a payment of another amount, skipped: it is voided and the order ends cancelled", async () => {
    const order = await idem.placeWith("authorize", "wrong-amount");
    expect((await needed(order)).cause).toBe("payment_mismatch");
    await idem.resolve(order, "skip");
    await idem.reaches(order, "cancelled");
    await idem.leavesNothing(order);
    await resolved(order);
  });

  test("of a payment of another amount that awaits the customer, given up: it is voided and cannot be completed", async () => {
    const body = idem.order({ method: "pm_card_authenticationRequired" });
    const order = await idem.placeWith("authorize", "wrong-amount", {}, body);
    expect((await needed(order)).cause).toBe("payment_mismatch");
    await idem.resolve(order, "skip");
    expect((await idem.reaches(order, "cancelled")).payment.status).toBe("voided");
    expect(await idem.outside.customer(order.id)).toBe(0);
    await idem.leavesNothing(order);
    await resolved(order);
  });

  test("of an event of another amount, seen to: the order goes on", async () => {
    const order = await idem.held();
    await idem.outside.webhook({
      type: "payment_intent.amount_capturable_updated",
      order: order.id,
      which: "fresh",
      change: { amount: 1, amount_capturable: 1 },
    });
    expect((await needed(order)).cause).toBe("event_mismatch");
    await idem.resolve(order, "skip");
    await resolved(order);
    await idem.outside.advance(order.id, "delivered");
    await idem.reaches(order, "completed");
  });

  test("of a second payment that was made for the order by hand, seen to", async () => {
    const order = await idem.completed();
    const second = await stripe.paymentIntents.create({
      amount: order.body.total,
      currency: "eur",
      payment_method: "pm_card_visa",
      capture_method: "manual",
      confirm: true,
      return_url: "https://example.com",
      metadata: { orderId: order.id },
    });
    await stripe.paymentIntents.capture(second.id);
    expect((await needed(order)).cause).toBe("event_mismatch");
    await idem.resolve(order, "skip");
    await resolved(order);
    expect((await idem.read(order)).amounts.captured).toBe(order.body.total);
  });
});

describe.concurrent("a capture that an operator marks as done leaves a clean audit (section 2)", () => {
  async function refusedCapture(): Promise<PlacedOrder> {
    const order = await idem.placeWith("capture", "decline");
    expect((await needed(order)).cause).toBe("capture_refused");
    return order;
  }

  test("by the reference under which the provider shows it", async () => {
    const order = await refusedCapture();
    const { reference } = (await idem.read(order)).payment;
    await stripe.paymentIntents.capture(reference);
    await idem.resolve(order, "mark-done", { reference });
    const { amounts, attention } = await idem.reaches(order, "completed");
    expect([amounts.captured, attention]).toEqual([order.body.total, null]);
  });

  test("as paid otherwise: what is held is released", async () => {
    const order = await refusedCapture();
    await idem.resolve(order, "mark-done", { paidOtherwise: true });
    const { amounts, attention } = await idem.reaches(order, "completed");
    expect([amounts.captured, attention]).toEqual([0, null]);
    expect(await idem.outside.money(order.id)).toMatchObject({ live: 0, captured: 0 });
  });
});

describe.concurrent("a resolution of a refund", () => {
  test("applies to the attention that it names and marks no other refund (section 2)", async () => {
    const order = await idem.completed();
    await idem.outside.fault("refund", "decline", { order: order.id, count: 2 });
    const ids: string[] = [];
    for (const amount of [300, 400]) ids.push((await idem.refund(order, { amount })).json.id);
    const open = await waitFor("both attentions", async () => {
      const attentions = await openOf(order);
      return attentions.length === 2 ? attentions : null;
    });
    const [first = "", second = ""] = ids;
    const idOf = (refund: string) => open.find(({ step }) => step === `refund/${refund}`)?.id;
    const named = { attention: idOf(second), reference: "bank transfer" };
    expect((await idem.resolve(order, "mark-done", named)).status).toBe(200);
    await waitFor("the second", async () => (await refundOf(order, second)).status === "succeeded");
    expect((await refundOf(order, first)).status).toBe("needs_attention");
    expect((await openOf(order)).map(({ id }) => id)).toEqual([idOf(first)]);
    // Named again it is not open any more, and nothing falls to the first.
    expect((await idem.resolve(order, "mark-done", named)).problem).toBe("nothing-to-resolve");
    expect((await refundOf(order, first)).status).toBe("needs_attention");
    expect((await idem.read(order)).amounts.refunded).toBe(400);
    await idem.resolve(order, "retry");
    await waitFor("the first", async () => (await refundOf(order, first)).status === "succeeded");
    expect((await idem.outside.ledger(order.id, "refund")).map(({ amount }) => amount)).toEqual([300]);
  });

  test("skip refunds the share of a lost shipment that the shop's own refund had covered (E9)", async () => {
    const order = await idem.held();
    await idem.outside.advance(order.id, "shipped");
    await waitFor("the capture", async () => (await idem.read(order)).amounts.captured > 0);
    await idem.outside.fault("refund", "decline", { order: order.id });
    const { id } = (await idem.refund(order)).json;
    await needed(order);
    await idem.outside.advance(order.id, "failed");
    await waitFor("the loss", async () => (await idem.eventTypes(order)).includes("shipment.failed"));
    expect((await idem.acme.get(`${order.path}/refunds`)).json.items).toHaveLength(1);
    await idem.resolve(order, "skip");
    const shares = async () => (await idem.read(order)).amounts.refunded === order.body.total;
    await waitFor("the share to be refunded", shares);
    expect((await refundOf(order, id)).status).toBe("failed");
    await idem.reaches(order, "completed");
  });

  test("mark-done stands when a stale event says that the refund succeeded which failed (E8)", async () => {
    const order = await idem.completed({ method: "pm_card_refundFail" });
    const { id } = (await idem.refund(order)).json;
    await needed(order);
    await idem.resolve(order, "mark-done");
    await resolved(order);
    const object = { ...(await madeFor(id)), status: "succeeded", failure_reason: null };
    expect(await idem.outside.webhook({ type: "refund.updated", object })).toEqual([204]);
    await waitFor("the event to be applied", async () => {
      const unapplied = "select 1 from provider_events where order_id = $1 and applied_at is null";
      return (await idem.db.query(unapplied, [order.id])).rowCount === 0;
    });
    expect((await refundOf(order, id)).reference).toBeNull();
    expect((await idem.read(order)).amounts.refunded).toBe(order.body.total);
  });

  test("retry asks the provider again for one that failed after its order's run had closed (section 2)", async () => {
    const order = await idem.completed({ method: "pm_card_refundFailLate" });
    await closes(`order/${order.id}`);
    const { id } = (await idem.refund(order, { amount: 300 })).json;
    expect((await needed(order)).step).toBe(`refund/${id}`);
    const [first] = await idem.calls(order, "refund");
    await idem.resolve(order, "retry");
    const calls = await waitFor("another call", async () => {
      const made = await idem.calls(order, "refund");
      return made.length > 1 ? made : null;
    });
    expect(calls[1]?.key).not.toBe(first?.key);
    // This card's refunds always fail: an operator is needed again.
    await waitFor("it to fail again", async () => {
      return (await idem.outside.kinds(order.id)).filter((kind) => kind === "refund-failed").length === 2;
    });
    await needed(order);
    await idem.resolve(order, "skip");
    await waitFor("its end", async () => (await refundOf(order, id)).status === "failed");
    expect((await idem.read(order)).amounts.refunded).toBe(0);
  });
});

describe.concurrent("the timeline names who acted", () => {
  test("the system where a later fact clears an attention, the operator where one resolves it (section 2)", async () => {
    const order = await idem.placeWith("capture", "decline");
    await needed(order);
    await idem.resolve(order, "retry");
    await idem.reaches(order, "completed");
    await idem.outside.fault("refund", "decline", { order: order.id });
    const { id } = (await idem.refund(order, { amount: 70 })).json;
    await needed(order);
    const key = (await idem.calls(order, "refund"))[0]?.key ?? "";
    // The refund is made by hand at the provider, and its event clears the attention.
    const { reference } = (await idem.read(order)).payment;
    await stripe.refunds.create(
      { payment_intent: reference, amount: 70, metadata: { orderId: order.id, refundId: id } },
      { idempotencyKey: `${key}/by-hand` },
    );
    await resolved(order);
    const acts = (await idem.events(order)).filter(({ type }) => /^attention\.(resolved|cleared)$/.test(type));
    expect(acts.map(({ type, actor }) => [type, actor])).toEqual([
      ["attention.resolved", "operator"],
      ["attention.cleared", "system"],
    ]);
  });

  test.each(["merchant", "operator"])("the %s of a cancel", async (actor) => {
    const order = await idem.held();
    await idem.cancel(order, {}, { as: actor === "operator" ? idem.operator : idem.acme });
    await idem.reaches(order, "cancelled");
    const requested = (await idem.events(order)).find(({ type }) => type === "cancel.requested");
    expect(requested?.actor).toBe(actor);
  });
});

describe("a resolution that is accepted for an attention which a provider's answer clears before it is applied", () => {
  test("has no effect, says so, and falls to no other refund (section 2)", async () => {
    const order = await placeWithShortDelays();
    await idem.reaches(order, "completed");
    await idem.outside.fault("refund", "decline", { order: order.id });
    const other = (await idem.refund(order, { amount: 300 })).json.id;
    await needed(order);
    await idem.outside.fault("refund", "fail-before", { order: order.id, count: 4 });
    const slow = await idem.outside.fault("refund", "delay", { order: order.id, delayMs: 6_000 });
    const { id } = (await idem.refund(order, { amount: 400 })).json;
    const attention = await waitFor("its attention", async () => {
      return (await openOf(order)).find(({ step }) => step === `refund/${id}`)?.id;
    });
    await waitFor("the call that will be answered", async () => (await idem.outside.hits(slow)) > 0);
    idem.proxies.temporal.cut();
    try {
      expect((await idem.resolve(order, "mark-done", { attention, reference: "transfer" })).status).toBe(200);
      await waitFor("the answer", async () => (await refundOf(order, id)).status === "succeeded");
    } finally {
      idem.proxies.temporal.mend();
    }
    const superseded = async () => (await idem.eventTypes(order)).includes("attention.resolution_superseded");
    await waitFor("the resolution to be applied", superseded);
    expect((await refundOf(order, id)).reference).toMatch(/^re_/);
    expect((await refundOf(order, other)).status).toBe("needs_attention");
    expect((await idem.read(order)).amounts.refunded).toBe(400);
    await idem.resolve(order, "skip");
    await resolved(order);
  });
});

describe("a refund that fails after its order was purged", () => {
  test("is in the timeline of the tombstone and needs an operator, who can resolve it (E8, section 6)", async () => {
    const order = await idem.completed();
    const { id } = (await idem.refund(order, { amount: 300 })).json;
    await waitFor("the refund", async () => (await refundOf(order, id)).status === "succeeded");
    await idem.mailed(order, 3);
    for (const workflowId of [`order/${order.id}`, `refund/${id}`]) await closes(workflowId);
    const made = await madeFor(id);
    await idem.db.query("update orders set closed_at = '2020-06-01', version = version + 1 where id = $1", [order.id]);
    await waitFor("the purge", async () => {
      await idemCli(idem.env, "purge", "--closed-before", "2021-01-01T00:00:00Z");
      return (await idem.acme.get(order.path)).status === 410;
    });
    const object = { ...made, status: "failed", failure_reason: "lost_or_stolen_card" };
    expect(await idem.outside.webhook({ type: "refund.failed", object })).toEqual([204]);
    const [attention] = await waitFor("an operator to be needed", async () => {
      const open = await openOf(order);
      return open.length > 0 ? open : null;
    });
    expect(attention?.step).toBe(`refund/${id}`);
    const recorded = await idem.db.query("select type from order_events where order_id = $1", [order.id]);
    expect(recorded.rows.map(({ type }) => type)).toContain("refund.failed");

    const options = { key: `resolve-${order.id}` };
    expect((await idem.cancel(order)).problem).toBe("order-purged");
    expect(await idem.resolve(order, "retry", {}, options)).toMatchObject({ status: 204, text: "" });
    await waitFor("nothing open", async () => (await openOf(order)).length === 0);
    await waitFor("the refund to be made again", async () => (await idem.calls(order, "refund")).length === 2);
    expect(await idem.resolve(order, "retry", {}, options)).toMatchObject({ status: 204, replayed: true });
    expect((await idem.resolve(order, "skip", {}, options)).problem).toBe("idempotency-key-reused");
    expect((await idem.resolve(order, "skip")).problem).toBe("order-purged");
    expect((await idem.acme.get(order.path)).status).toBe(410);
  });
});
