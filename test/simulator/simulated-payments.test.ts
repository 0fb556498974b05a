import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import Stripe from "stripe";
import { newOrder, type Rig, startRig, stripeAt } from "./outside-rig.js";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.simulator.stop());

function authorization(
  order: string,
  more: Partial<Stripe.PaymentIntentCreateParams> = {},
): Stripe.PaymentIntentCreateParams {
  return {
    amount: 2_500,
    currency: "eur",
    capture_method: "manual",
    confirm: true,
    payment_method: "pm_card_visa",
    metadata: { orderId: order },
    ...more,
  };
}

function authorize(order: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}, idempotencyKey?: string) {
  return rig.stripe.paymentIntents.create(authorization(order, more), idempotencyKey ? { idempotencyKey } : {});
}

async function failureOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof Stripe.errors.StripeError) return error;
  throw new Error(`expected a Stripe error, got ${String(error)}`);
}

describe("a payment", () => {
  test("is authorized, captured in part and refunded", async () => {
    const order = newOrder();
    const intent = await authorize(order);
    expect(intent).toMatchObject({ status: "requires_capture", amount_capturable: 2_500, amount_received: 0 });

    const captured = await rig.stripe.paymentIntents.capture(intent.id, { amount_to_capture: 2_000 });
    expect(captured).toMatchObject({ status: "succeeded", amount_capturable: 0, amount_received: 2_000 });

    const refund = await rig.stripe.refunds.create({ payment_intent: intent.id, amount: 500 });
    expect(refund).toMatchObject({ status: "succeeded", amount: 500 });
    const { data } = await rig.stripe.refunds.list({ payment_intent: intent.id });
    expect(data.map(({ id }) => id)).toEqual([refund.id]);
    expect(await rig.outside.kinds(order)).toEqual(["authorization", "capture", "refund"]);
    expect(await rig.outside.money(order)).toEqual({ live: 0, captured: 2_000, refunded: 500, net: 1_500 });
  });

  test("is captured at once without manual capture", async () => {
    const intent = await authorize(newOrder(), { capture_method: "automatic" });
    expect(intent).toMatchObject({ status: "succeeded", amount_received: 2_500 });
  });

  test("is voided and then refuses a capture", async () => {
    const order = newOrder();
    const { id } = await authorize(order);
    const canceled = await rig.stripe.paymentIntents.cancel(id, { cancellation_reason: "abandoned" });
    expect(canceled).toMatchObject({ status: "canceled", cancellation_reason: "abandoned" });
    const failure = await failureOf(rig.stripe.paymentIntents.capture(id));
    expect(failure).toMatchObject({
      statusCode: 400,
      code: "payment_intent_unexpected_state",
      payment_intent: { id, status: "canceled" },
    });
    expect(await rig.outside.kinds(order)).toEqual(["authorization", "void"]);
  });

  test("is created first and confirmed later", async () => {
    const order = newOrder();
    const created = await rig.stripe.paymentIntents.create({
      amount: 2_500,
      currency: "eur",
      capture_method: "manual",
      payment_method: "pm_card_mastercard",
      metadata: { orderId: order },
    });
    expect(created.status).toBe("requires_confirmation");
    const confirmed = await rig.stripe.paymentIntents.confirm(created.id, { expand: ["latest_charge"] });
    expect(confirmed).toMatchObject({
      status: "requires_capture",
      latest_charge: { payment_method_details: { card: { brand: "mastercard" } } },
    });
    expect((await rig.outside.requests(order)).map(({ op }) => op)).toEqual(["create", "authorize"]);
  });

  test("accepts new metadata and removes empty members", async () => {
    const { id } = await authorize(newOrder(), { metadata: { orderId: newOrder(), channel: "web" } });
    const updated = await rig.stripe.paymentIntents.update(id, { metadata: { channel: "", note: "x" } });
    expect(updated.metadata).toEqual({ orderId: expect.any(String) as string, note: "x" });
  });

  test("shows when its authorization ends", async () => {
    const { latest_charge: charge, created } = await authorize(newOrder(), { expand: ["latest_charge"] });
    expect((charge as Stripe.Charge).payment_method_details?.card?.capture_before).toBe(created + 7 * 86_400);
  });

  test("is dropped by the provider once its authorization ends", async () => {
    const order = newOrder();
    await rig.outside.fault("authorize", "short-authorization", { order, seconds: 0 });
    const { id } = await authorize(order);
    await vi.waitFor(async () => expect((await rig.stripe.paymentIntents.retrieve(id)).status).toBe("canceled"), 5_000);
    expect(await rig.outside.kinds(order)).toEqual(["authorization", "void"]);
  });
});

describe("a refusal", () => {
  test.each([
    ["pm_card_chargeDeclined", "card_declined", "generic_decline"],
    ["pm_card_visa_chargeDeclined", "card_declined", "generic_decline"],
    ["pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
    ["pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"],
    ["pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"],
  ])("of %s is a card error of code %s", async (payment_method, code, decline_code) => {
    const order = newOrder();
    const failure = await failureOf(authorize(order, { payment_method }));
    expect(failure).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(failure).toMatchObject({
      statusCode: 402,
      code,
      decline_code,
      payment_intent: { status: "requires_payment_method" },
    });
    expect(await rig.outside.ledger(order)).toEqual([]);
  });

  test.each([
    ["eur", 49, "amount_too_small"],
    ["jpy", 49, "amount_too_small"],
    ["kwd", 1_001, "parameter_invalid_integer"],
    ["isk", 1_050, "parameter_invalid_integer"],
  ])("of %s %i has the code %s and leaves the key unused", async (currency, amount, code) => {
    const order = newOrder();
    const failure = await failureOf(authorize(order, { currency, amount }, `${order}-authorize`));
    expect(failure).toMatchObject({ statusCode: 400, type: "StripeInvalidRequestError", code, param: "amount" });
    const retried = await authorize(order, { currency, amount: 5_000 }, `${order}-authorize`);
    expect(retried.status).toBe("requires_capture");
  });

  test("covers an unknown payment method", async () => {
    expect(await failureOf(authorize(newOrder(), { payment_method: "pm_card_nobody" }))).toMatchObject({
      code: "resource_missing",
    });
  });

  test("covers an unknown currency", async () => {
    expect(await failureOf(authorize(newOrder(), { currency: "zzz" }))).toMatchObject({
      statusCode: 400,
      param: "currency",
    });
  });

  test("covers a refund above the captured amount and one after a full refund", async () => {
    const { id } = await authorize(newOrder());
    await rig.stripe.paymentIntents.capture(id);
    const above = await failureOf(rig.stripe.refunds.create({ payment_intent: id, amount: 2_501 }));
    expect(above).toMatchObject({ statusCode: 400, param: "amount" });
    await rig.stripe.refunds.create({ payment_intent: id });
    expect(await failureOf(rig.stripe.refunds.create({ payment_intent: id }))).toMatchObject({
      code: "charge_already_refunded",
    });
  });

  test("covers a request without an API key", async () => {
    const answered = await fetch(`${rig.simulator.info.stripeApiBase}/v1/payment_intents`);
    expect(answered.status).toBe(401);
  });
});

describe("several captures", () => {
  const several = { payment_method_options: { card: { request_multicapture: "if_available" as const } } };

  test("are refused unless granted", async () => {
    const { id, latest_charge: charge } = await authorize(newOrder(), { ...several, expand: ["latest_charge"] });
    expect((charge as Stripe.Charge).payment_method_details?.card?.multicapture?.status).toBe("unavailable");
    const failure = await failureOf(
      rig.stripe.paymentIntents.capture(id, { amount_to_capture: 500, final_capture: false }),
    );
    expect(failure).toMatchObject({ statusCode: 400, param: "final_capture" });
  });

  test("each capture a share where they were requested and granted", async () => {
    const order = newOrder();
    await rig.outside.fault("authorize", "grant-multicapture", { order });
    const { id } = await authorize(order, several);
    const first = await rig.stripe.paymentIntents.capture(id, { amount_to_capture: 500, final_capture: false });
    expect(first).toMatchObject({ status: "requires_capture", amount_capturable: 2_000, amount_received: 500 });
    const last = await rig.stripe.paymentIntents.capture(id, { amount_to_capture: 1_500, final_capture: true });
    expect(last).toMatchObject({ status: "succeeded", amount_capturable: 0, amount_received: 2_000 });
  });
});

describe("the customer", () => {
  test("must act first, and completing the action authorizes the payment", async () => {
    const order = newOrder();
    const asked = await authorize(order, {
      payment_method: "pm_card_authenticationRequired",
      return_url: "https://shop.example/back?cart=1",
    });
    expect(asked.status).toBe("requires_action");
    expect(asked.next_action?.redirect_to_url?.return_url).toBe("https://shop.example/back?cart=1");
    expect(await rig.outside.kinds(order)).toEqual([]);

    const url = asked.next_action?.redirect_to_url?.url ?? "";
    expect(await (await fetch(url)).text()).toContain("25.00 EUR");
    const answered = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ outcome: "complete" }),
      redirect: "manual",
    });
    expect(answered.status).toBe(303);
    const back = new URL(answered.headers.get("Location") ?? "");
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      cart: "1",
      payment_intent: asked.id,
      redirect_status: "succeeded",
    });
    expect((await rig.stripe.paymentIntents.retrieve(asked.id)).status).toBe("requires_capture");
  });

  test("fails the payment, and stays on the page when the shop gave no return URL", async () => {
    const asked = await authorize(newOrder(), { payment_method: "pm_card_threeDSecure2Required" });
    const url = asked.next_action?.redirect_to_url?.url ?? "";
    const page = await fetch(url, { method: "POST", body: new URLSearchParams({ outcome: "fail" }) });
    expect(await page.text()).toContain("The payment failed");
    expect(await rig.stripe.paymentIntents.retrieve(asked.id)).toMatchObject({
      status: "requires_payment_method",
      last_payment_error: { code: "payment_intent_authentication_failure" },
    });
  });

  test("may authenticate and still be declined", async () => {
    const order = newOrder();
    const asked = await authorize(order, { payment_method: "pm_card_threeDSecureRequiredChargeDeclined" });
    expect(await rig.outside.customer(order)).toBe(1);
    expect(await rig.stripe.paymentIntents.retrieve(asked.id)).toMatchObject({ status: "requires_payment_method" });
    expect(await rig.outside.customer(order)).toBe(0);
  });

  test("pays after the shop has canceled the payment", async () => {
    const order = newOrder();
    const asked = await authorize(order, { payment_method: "pm_card_authenticationRequired" });
    await rig.stripe.paymentIntents.cancel(asked.id);
    await rig.outside.lateSuccess(order);
    expect(await rig.stripe.paymentIntents.retrieve(asked.id)).toMatchObject({
      status: "succeeded",
      amount_received: 2_500,
    });
    expect(await rig.outside.money(order)).toMatchObject({ captured: 2_500, net: 2_500 });
  });
});

describe("a refund", () => {
  async function refunded(payment_method: string) {
    const order = newOrder();
    const { id } = await authorize(order, { payment_method });
    await rig.stripe.paymentIntents.capture(id);
    return { order, refund: await rig.stripe.refunds.create({ payment_intent: id }) };
  }
  const status = async (id: string) => (await rig.stripe.refunds.retrieve(id)).status;

  test("of pm_card_pendingRefund is pending until it succeeds", async () => {
    const { order, refund } = await refunded("pm_card_pendingRefund");
    expect(refund.status).toBe("pending");
    await vi.waitFor(async () => expect(await status(refund.id)).toBe("succeeded"));
    expect(await rig.outside.money(order)).toMatchObject({ refunded: 2_500 });
  });

  test("of pm_card_refundFail is pending until it fails", async () => {
    const { order, refund } = await refunded("pm_card_refundFail");
    expect(refund.status).toBe("pending");
    await vi.waitFor(async () => expect(await status(refund.id)).toBe("failed"));
    expect(await rig.outside.money(order)).toMatchObject({ refunded: 0, net: 2_500 });
  });

  test("of pm_card_refundFailLate succeeds and then fails", async () => {
    const { order, refund } = await refunded("pm_card_refundFailLate");
    expect(refund.status).toBe("succeeded");
    await vi.waitFor(async () => expect(await status(refund.id)).toBe("failed"));
    expect(await rig.outside.money(order)).toMatchObject({ refunded: 0, net: 2_500 });
  });
});

describe("a key", () => {
  test("repeats its response and marks it", async () => {
    const order = newOrder();
    const first = await authorize(order, {}, `${order}-authorize`);
    const again = await authorize(order, {}, `${order}-authorize`);
    expect(again.id).toBe(first.id);
    expect(first.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
    expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(await rig.outside.kinds(order)).toEqual(["authorization"]);
  });

  test("repeats a decline", async () => {
    const order = newOrder();
    const decline = { payment_method: "pm_card_chargeDeclined" };
    await failureOf(authorize(order, decline, `${order}-authorize`));
    const again = await failureOf(authorize(order, decline, `${order}-authorize`));
    expect(again).toMatchObject({ statusCode: 402, headers: { "idempotent-replayed": "true" } });
    expect(await rig.outside.payments(order)).toHaveLength(1);
  });

  test("repeats a stored 500 although the payment is authorized", async () => {
    const order = newOrder();
    await rig.outside.fault("authorize", "fail-after", { order });
    expect(await failureOf(authorize(order, {}, `${order}-authorize`))).toMatchObject({ statusCode: 500 });
    const again = await failureOf(authorize(order, {}, `${order}-authorize`));
    expect(again).toMatchObject({ statusCode: 500, headers: { "idempotent-replayed": "true" } });
    expect(await rig.outside.kinds(order)).toEqual(["authorization"]);
  });

  test("refuses other parameters", async () => {
    const order = newOrder();
    await authorize(order, {}, `${order}-authorize`);
    const failure = await failureOf(authorize(order, { amount: 2_600 }, `${order}-authorize`));
    expect(failure).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect(failure.statusCode).toBe(400);
  });

  test("is in use while its first request is in progress", async () => {
    const order = newOrder();
    const fault = await rig.outside.fault("authorize", "delay", { order, delayMs: 300 });
    const first = authorize(order, {}, `${order}-authorize`);
    await vi.waitFor(async () => expect(await rig.outside.hits(fault)).toBe(1));
    const second = await failureOf(authorize(order, {}, `${order}-authorize`));
    expect(second).toMatchObject({ statusCode: 409, code: "idempotency_key_in_use" });
    expect((await first).status).toBe("requires_capture");
  });

  test("may be forgotten, and the request then runs again", async () => {
    const order = newOrder();
    await rig.outside.fault("authorize", "forget", { order });
    await authorize(order, {}, `${order}-authorize`);
    await authorize(order, {}, `${order}-authorize`);
    expect(await rig.outside.kinds(order)).toEqual(["authorization", "authorization"]);
  });
});

describe("a look-up", () => {
  test("lists newest first, in pages, within the requested time", async () => {
    const since = Math.floor(Date.now() / 1_000);
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) made.unshift((await authorize(newOrder())).id);
    const ids: string[] = [];
    for await (const intent of rig.stripe.paymentIntents.list({ created: { gte: since }, limit: 2 })) {
      if (made.includes(intent.id)) ids.push(intent.id);
    }
    expect(ids).toEqual(made);
    const before = await rig.stripe.paymentIntents.list({ ending_before: made[2] ?? "", limit: 1 });
    expect(before.data.map(({ id }) => id)).toEqual([made[1]]);
    const future = await rig.stripe.paymentIntents.list({ created: { gt: since + 3_600 } });
    expect(future.data).toEqual([]);
  });

  test("searches an index that lags behind", async () => {
    const order = newOrder();
    const { id } = await authorize(order);
    const search = async () =>
      (await rig.stripe.paymentIntents.search({ query: `metadata['orderId']:'${order}'` })).data;
    expect(await search()).toEqual([]);
    await rig.outside.config({ searchLagMs: 0 });
    expect((await search()).map((intent) => intent.id)).toEqual([id]);
    await rig.outside.config({ searchLagMs: 60_000 });
  });

  test("finds charges and events", async () => {
    const order = newOrder();
    const { id, latest_charge: charge } = await authorize(order);
    const charges = await rig.stripe.charges.list({ payment_intent: id });
    expect(charges.data.map((one) => one.id)).toEqual([charge]);
    expect((await rig.stripe.charges.retrieve(charge as string)).payment_intent).toBe(id);
    const events = await rig.stripe.events.list({ type: "payment_intent.amount_capturable_updated", limit: 1 });
    expect(events.data[0]?.data.object).toMatchObject({ id });
  });

  test("finds nothing under an unknown id", async () => {
    expect(await failureOf(rig.stripe.paymentIntents.retrieve("pi_nobody"))).toMatchObject({
      statusCode: 404,
      code: "resource_missing",
    });
  });
});

/** The SDK repeats a call once after a closed connection, whatever its number of retries. */
const CUT_TWICE = 2;

describe("a scripted fault", () => {
  test("resets the connection before the call takes effect", async () => {
    const order = newOrder();
    await rig.outside.fault("authorize", "drop-before", { order, count: CUT_TWICE });
    expect(await failureOf(authorize(order))).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect(await rig.outside.kinds(order)).toEqual([]);
  });

  test("resets the connection after the call took effect", async () => {
    const order = newOrder();
    await rig.outside.fault("authorize", "drop-after", { order, count: CUT_TWICE });
    expect(await failureOf(authorize(order, {}, `${order}-authorize`))).toBeInstanceOf(
      Stripe.errors.StripeConnectionError,
    );
    expect(await rig.outside.kinds(order)).toEqual(["authorization"]);
  });

  test("never responds until the client disconnects", async () => {
    const order = newOrder();
    await rig.outside.fault("authorize", "silent", { order });
    const hasty = stripeAt(rig.simulator.info.stripeApiBase, { timeout: 100 });
    const failure = await failureOf(hasty.paymentIntents.create(authorization(order)));
    expect(failure).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect((await rig.outside.requests(order)).map(({ status }) => status)).toEqual(["silent"]);
  });

  test("limits the rate and says how long to wait", async () => {
    const order = newOrder();
    await rig.outside.fault("authorize", "limit", { order, retryAfter: 7 });
    const failure = await failureOf(authorize(order));
    expect(failure).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    expect(failure.headers).toMatchObject({ "retry-after": "7" });
  });

  test("responds with another amount than requested", async () => {
    const order = newOrder();
    await rig.outside.fault("authorize", "wrong-amount", { order, amountGiven: 2_499 });
    expect((await authorize(order)).amount).toBe(2_499);
  });

  test("applies as often as scripted, after as many calls as scripted, and only to the named order", async () => {
    const order = newOrder();
    const fault = await rig.outside.fault("lookup", "refuse", { order, skip: 1, count: 1 });
    const { id } = await authorize(order);
    const other = await authorize(newOrder());
    await rig.stripe.paymentIntents.retrieve(other.id);
    await rig.stripe.paymentIntents.retrieve(id);
    expect(await failureOf(rig.stripe.paymentIntents.retrieve(id))).toMatchObject({ statusCode: 400 });
    await rig.stripe.paymentIntents.retrieve(id);
    expect(await rig.outside.hits(fault)).toBe(1);
  });

  test("is removed", async () => {
    const order = newOrder();
    const fault = await rig.outside.fault("authorize", "fail-before", { order, count: -1 });
    expect(await failureOf(authorize(order))).toMatchObject({ statusCode: 500 });
    await rig.outside.heal(fault);
    expect((await authorize(order)).status).toBe("requires_capture");
  });

  test("matches its order by amount, also for captures", async () => {
    const order = newOrder();
    await rig.outside.fault("capture", "decline", { amount: 7_771 });
    const { id } = await authorize(order, { amount: 7_771 });
    expect(await failureOf(rig.stripe.paymentIntents.capture(id))).toMatchObject({
      statusCode: 402,
      code: "card_declined",
    });
    expect((await rig.stripe.paymentIntents.capture(id)).status).toBe("succeeded");
  });
});
