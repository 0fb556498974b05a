import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AlteredProvider, type ProviderRequest, type ProviderResponse } from "../rig/altered-provider.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { Caller } from "../rig/caller.js";
import type { ProcessUnderTest } from "../rig/process-under-test.js";
import { splitOrder } from "../rig/split-order.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

/** Answers of providers that are about us, contradict the request, or decide nothing (E4). */

let idem: TestApp;
let worker: ProcessUnderTest;
let stripe: AlteredProvider;
let warehouse: AlteredProvider;
/** Takes orders that need an operator soon. */
let shortDelays: Caller;

beforeAll(async () => {
  idem = await TestApp.start(11, { LOOKUP_AFTER: "2s" });
  const { STRIPE_API_BASE: payments = "", FULFILMENT_URL: fulfilment = "" } = idem.env;
  [stripe, warehouse] = [await AlteredProvider.of(payments), await AlteredProvider.of(fulfilment)];
  await idem.worker.stop();
  worker = await idem.anotherWorker({ STRIPE_API_BASE: stripe.url, FULFILMENT_URL: warehouse.url });
  const { base } = await idem.anotherApi({ ATTENTION_AFTER: "2s" });
  shortDelays = new Caller(base, idem.acme.apiKey);
});
afterAll(() =>
  auditIsClean(idem)
    .finally(() => idem.stop())
    .finally(() => Promise.all([stripe.close(), warehouse.close()])),
);

const GOOD = ["authorization", "shipment", "capture"];

const answer = (status: number, body: unknown): ProviderResponse => ({ status, body: JSON.stringify(body) });
const stripeError = (status: number, type: string, code?: string) =>
  answer(status, { error: { type, code, message: "It is about you." } });

const ABOUT_US = [
  ["401", stripeError(401, "invalid_request_error")],
  ["403", stripeError(403, "invalid_request_error", "account_invalid")],
  ["404 on the account", stripeError(404, "invalid_request_error", "account_unknown")],
  ["408", answer(408, {})],
  ["400 idempotency_error", stripeError(400, "idempotency_error")],
] as const;

/** The answer comes twice at least, and moves nothing. */
async function isRepeated(order: PlacedOrder, altered: { hits(): number }, status: string): Promise<void> {
  await waitFor("the call to be repeated", () => altered.hits() >= 2);
  const now = await idem.read(order);
  expect([now.status, now.failure]).toEqual([status, null]);
}

/** How many events the run of an order has. */
const historyOf = async (order: PlacedOrder) =>
  (await idem.client.workflow.getHandle(`order/${order.id}`).fetchHistory()).events?.length ?? 0;

const isPost = ({ method, path }: ProviderRequest, end: string) => method === "POST" && path.endsWith(end);

describe.concurrent("an answer about us and not about the request ends no order, which goes on once the provider accepts again (E4)", () => {
  test.each(ABOUT_US)("%s to an authorization", async (_name, instead) => {
    const body = idem.order();
    const matches = (call: ProviderRequest) =>
      isPost(call, "/payment_intents") && call.body.includes(`amount=${body.total}&`);
    const altered = stripe.alter({ matches, instead });
    const order = await idem.place(body);
    await isRepeated(order, altered, "accepted");
    expect((await idem.read(order)).payment.status).toBe("unknown");
    const isTold = worker.output.includes("a provider does not accept our credential");
    expect(isTold || instead.status === 408).toBe(true);
    altered.restore();
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    expect(await idem.eventTypes(order)).not.toContain("payment.refused");
  });

  test.each(ABOUT_US)("%s to a capture", async (_name, instead) => {
    const order = await idem.held();
    const { reference } = (await idem.read(order)).payment;
    const altered = stripe.alter({ matches: (call) => isPost(call, `/${reference}/capture`), instead });
    await idem.outside.advance(order.id, "shipped");
    await isRepeated(order, altered, "shipped");
    altered.restore();
    await idem.outside.advance(order.id, "delivered");
    expect((await idem.reaches(order, "completed")).amounts.captured).toBe(order.body.total);
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    expect(await idem.eventTypes(order)).not.toContain("attention.raised");
  });

  test.each([
    ["401", answer(401, { error: "unauthorized" })],
    ["403", answer(403, { error: "forbidden" })],
    ["404", answer(404, { error: "not_found" })],
    ["408", answer(408, {})],
  ])("%s to a shipment request", async (_name, instead) => {
    const body = idem.order({ sku: await idem.stockedSku(1) });
    const [line] = body.lines;
    const altered = warehouse.alter({
      matches: (call) => isPost(call, "/shipments") && call.body.includes(line?.sku ?? ""),
      instead,
    });
    const order = await idem.place(body);
    await waitFor("the call", () => altered.hits() > 0);
    await isRepeated(order, altered, "confirmed");
    altered.restore();
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    expect(await idem.eventTypes(order)).not.toContain("attention.raised");
  });
});

describe.concurrent("an answer that cannot be read leaves the outcome unknown and ends no process (E4)", () => {
  test.each(["true", '"fine"', "null", "[]", "{}", '{"error":7}', "<html>"])("%s to an authorization", async (text) => {
    const body = idem.order();
    const matches = (call: ProviderRequest) =>
      isPost(call, "/payment_intents") && call.body.includes(`amount=${body.total}&`);
    const altered = stripe.alter({ matches, instead: { status: 200, body: text } });
    const order = await idem.place(body);
    await isRepeated(order, altered, "accepted");
    expect([(await idem.read(order)).payment.status, worker.running]).toEqual(["unknown", true]);
    altered.restore();
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });
});

describe.concurrent("a warehouse", () => {
  test("that answers a request with another id is contradicted: nothing ships before an operator has decided (E4)", async () => {
    const body = idem.order({ sku: await idem.stockedSku(1) });
    const [line] = body.lines;
    const altered = warehouse.alter({
      matches: (call) => isPost(call, "/shipments") && call.body.includes(line?.sku ?? ""),
      instead: answer(201, { id: `shp_${"z".repeat(32)}`, status: "accepted" }),
    });
    const order = await idem.place(body);
    const { attention } = await idem.reaches(order, "needs_attention");
    expect(attention).toMatchObject({ cause: "shipment_mismatch", amount: body.total });
    // The run does not spin meanwhile.
    await stays("a short history", async () => (await historyOf(order)) < 200, 5_000);
    expect((await idem.eventTypes(order)).filter((type) => type === "shipment.mismatch")).toHaveLength(1);
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization"]);
    altered.restore();
    await idem.resolve(order, "retry");
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });

  test("that accepts a recall and does not cancel is asked again, with pauses that grow (E7, section 5)", async () => {
    const order = await idem.held();
    const [shipment] = (await idem.read(order)).shipments;
    const times: number[] = [];
    const altered = warehouse.alter({
      matches: (call) => isPost(call, `/${shipment.id}/cancel`),
      change: () => {
        times.push(performance.now());
        return answer(200, { id: shipment.id, orderId: order.id, status: "accepted" });
      },
      instead: answer(200, {}),
    });
    expect((await idem.cancel(order)).json.status).toBe("cancelling");
    await waitFor("four calls", () => altered.hits() >= 4);
    await stays("a short history", async () => (await historyOf(order)) < 200, 3_000);
    const [first = 0, second = 0, , fourth = 0, fifth = performance.now()] = times;
    expect(fifth - fourth).toBeGreaterThan(second - first);
    expect((await idem.read(order)).status).toBe("cancelling");
    altered.restore();
    await idem.reaches(order, "cancelled");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "recall", "void"]);
  });
});

describe.concurrent("a recall that was refused of an order of which another shipment left", () => {
  test("is made again when an operator says retry, under a new key (E3, E7)", async () => {
    const { order, parts } = await splitOrder(idem);
    const [east, north] = parts;
    await idem.outside.advance({ shipment: east?.id ?? "" }, "shipped", { notify: false });
    await idem.outside.fault("recall", "refuse", { sku: north?.sku ?? "" });
    await idem.cancel(order);
    await waitFor("both", async () => {
      const types = await idem.eventTypes(order);
      return types.includes("cancel.lost") && types.includes("attention.raised");
    });
    const recalls = async () =>
      (await idem.calls(order, "recall")).filter(({ path }) => path.includes(north?.id ?? "")).map(({ key }) => key);
    expect((await idem.read(order)).attention.step).toBe(`recall/${north?.id}`);
    expect(await recalls()).toHaveLength(1);
    await idem.resolve(order, "retry");
    await waitFor("the recall", async () => (await idem.outside.kinds(order.id)).includes("recall"));
    expect(new Set(await recalls()).size).toBe(2);
    await idem.outside.advance({ shipment: east?.id ?? "" }, "delivered");
    await idem.reaches(order, "completed");
    await waitFor("the share to be refunded", async () => {
      const { amounts } = await idem.read(order);
      return amounts.captured - amounts.refunded === east?.share;
    });
    expect(await idem.outside.money(order.id)).toMatchObject({ live: 0, net: east?.share });
  });
});

describe.concurrent("what a provider gives as its reason", () => {
  test("for a decline stands on the failure and in the timeline: code, decline code, message, request id", async () => {
    const order = await idem.place(idem.order({ method: "pm_card_chargeDeclinedInsufficientFunds" }));
    const { failure } = await idem.reaches(order, "rejected");
    expect(failure).toEqual({
      code: "payment_declined",
      reason: {
        code: "card_declined",
        declineCode: "insufficient_funds",
        message: expect.stringMatching(/insufficient funds/),
        requestId: expect.stringMatching(/^req_/),
      },
    });
    const { data } = (await idem.events(order)).find(({ type }) => type === "payment.declined") ?? {};
    expect(Object.values(data ?? {})).toEqual(expect.arrayContaining(Object.values(failure.reason)));
  });

  test("for a refused capture stands with the attention in the timeline", async () => {
    const order = await idem.placeWith("capture", "decline", { declineCode: "lost_card" });
    await idem.reaches(order, "needs_attention");
    const { data } = (await idem.events(order)).find(({ type }) => type === "attention.raised") ?? {};
    expect(Object.values(data ?? {})).toEqual(
      expect.arrayContaining(["card_declined", "lost_card", expect.stringMatching(/^req_/)]),
    );
    await idem.resolve(order, "retry");
    await idem.reaches(order, "completed");
  });

  test("for a refused shipment is its code: what the warehouse writes of a person is not kept", async () => {
    const body = idem.order({ sku: await idem.stockedSku(1) });
    const [{ line1 }, { name, email }, [line]] = [body.shipTo, body.customer, body.lines];
    const altered = warehouse.alter({
      matches: (call) => isPost(call, "/shipments") && call.body.includes(line?.sku ?? ""),
      instead: answer(422, { error: "bad_address", message: `${name} <${email}> does not live at ${line1}` }),
    });
    const order = await idem.place(body);
    await idem.reaches(order, "needs_attention");
    const events = JSON.stringify(await idem.events(order));
    expect(events).toContain("bad_address");
    expect([line1, name, email].filter((text) => events.includes(text))).toEqual([]);
    altered.restore();
    await idem.resolve(order, "retry");
    await idem.reaches(order, "completed");
  });
});

describe.concurrent("a currency with three decimals", () => {
  test("has shares that end in 0, as Stripe asks, and the last shipment takes the rest (section 1, E9)", async () => {
    const { order, parts } = await splitOrder(idem, {
      parts: 3,
      multicapture: true,
      currency: "KWD",
      adjustments: [
        { kind: "shipping", label: "post", amount: 1_230 },
        { kind: "tax", label: "duty", amount: 370 },
      ],
    });
    const captures = async () => (await idem.outside.ledger(order.id, "capture")).map(({ amount }) => amount ?? 0);
    for (const [at, part] of parts.entries()) {
      await idem.outside.advance({ shipment: part.id }, "delivered");
      await waitFor("its share", async () => (await captures()).length === at + 1);
    }
    await idem.reaches(order, "completed");
    const taken = await captures();
    expect(taken.map((amount) => amount % 10)).toEqual([0, 0, 0]);
    expect(taken.reduce((sum, amount) => sum + amount, 0)).toBe(order.body.total);
    expect(await idem.outside.money(order.id)).toMatchObject({ live: 0, captured: order.body.total });
  });
});

describe("a capture that leaves money for others", () => {
  test("whose answer was lost is not sent again once its key may be forgotten, though the look-up fails (E4)", async () => {
    const { order, parts } = await splitOrder(idem, { multicapture: true });
    const [first] = parts;
    await idem.outside.fault("webhook", "drop-before", { order: order.id, count: -1 });
    const blind = await idem.outside.fault("lookup", "fail-before", { order: order.id, count: -1 });
    await idem.outside.fault("capture", "fail-after", { order: order.id });
    const shipment = first?.id ?? "";
    await idem.outside.advance({ shipment }, "shipped", { notify: false });
    const object = { id: shipment, orderId: order.id, carrier: "Van", trackingNumber: "1" };
    await idem.outside.webhook({ provider: "fulfilment", type: "shipment.shipped", object });
    await waitFor("the capture", async () => (await idem.outside.ledger(order.id, "capture")).length);
    await idem.alter(
      order,
      `update operations set first_attempt_at = now() - interval '25 hours' where order_id = $1 and name like 'capture/%' and first_attempt_at is not null`,
    );
    // 25 h are beyond ATTENTION_AFTER, too: the attention proves that the step was tried since.
    const { attention } = await idem.reaches(order, "needs_attention");
    expect(attention).toMatchObject({ step: `capture/${shipment}`, cause: "outcome_unknown" });
    await idem.outside.forgetKeys();
    const calls = (await idem.calls(order, "capture")).length;
    const hits = await idem.outside.hits(blind);
    await waitFor("three more look-ups", async () => (await idem.outside.hits(blind)) >= hits + 3);
    expect((await idem.calls(order, "capture")).length).toBe(calls);
    await idem.outside.heal(blind);
    await waitFor("it to be known", async () => (await idem.read(order)).amounts.captured === first?.share);
    expect((await idem.outside.ledger(order.id, "capture")).map(({ amount }) => amount)).toEqual([first?.share]);
    await idem.outside.heal();
    for (const part of parts) await idem.outside.advance({ shipment: part.id }, "delivered");
    expect((await idem.reaches(order, "completed")).amounts.captured).toBe(order.body.total);
  });
});

describe("a shipment request of unknown outcome", () => {
  test("is made again with its attention open and after its worker was killed, and ends fine once answered (E4, M14)", async () => {
    const body = idem.order();
    const fault = await idem.outside.fault("ship", "fail-before", { amount: body.total, count: -1 });
    const accepted = await shortDelays.post("/v1/orders", body);
    const order = { id: accepted.json.id, path: accepted.json.links.self, key: "", body, answer: accepted };
    const { attention } = await idem.reaches(order, "needs_attention");
    expect(attention.cause).toBe("outcome_unknown");
    const asked = async () => (await idem.calls(order, "ship")).length;
    const before = await asked();
    await waitFor("the next try", async () => (await asked()) > before);
    await worker.kill();
    const [killed] = [await asked()];
    await worker.start();
    await waitFor("the next worker's try", async () => (await asked()) > killed, 40_000);
    await idem.outside.heal(fault);
    expect((await idem.reaches(order, "completed")).attention).toBeNull();
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    expect(new Set((await idem.calls(order, "ship")).map(({ key }) => key)).size).toBe(1);
  });
});
