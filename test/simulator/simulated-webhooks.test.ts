import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  FULFILMENT_SECRET,
  newOrder,
  type Receiver,
  type Rig,
  startReceiver,
  startRig,
  STRIPE_SECRET,
} from "./outside-rig.js";

let rig: Rig;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  rig = await startRig({ webhookBase: receiver.base });
});
afterAll(async () => {
  await rig.simulator.stop();
  receiver.close();
});

function authorize(order: string) {
  return rig.stripe.paymentIntents.create({
    amount: 2_500,
    currency: "eur",
    capture_method: "manual",
    confirm: true,
    payment_method: "pm_card_visa",
    metadata: { orderId: order },
  });
}

async function ship(order: string) {
  const body = { id: `shp_${order}`, orderId: order, lines: [{ sku: "MUG-1", quantity: 1 }] };
  const taken = await fetch(`${rig.simulator.info.fulfilmentUrl}/shipments`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  expect(taken.status).toBe(201);
}

function deliveriesAbout(order: string) {
  return receiver.deliveries.filter(({ body }) => body.includes(order));
}

function delivered(order: string, count: number) {
  return vi.waitFor(() => {
    const found = deliveriesAbout(order);
    expect(found).toHaveLength(count);
    return found;
  });
}

function stripeEvent({ body, headers }: { body: string; headers: Record<string, unknown> }) {
  return rig.stripe.webhooks.constructEvent(body, String(headers["stripe-signature"]), STRIPE_SECRET);
}

describe("an event", () => {
  test("of a payment is signed as Stripe signs", async () => {
    const order = newOrder();
    const { id } = await authorize(order);
    const [delivery] = await delivered(order, 1);
    if (!delivery) throw new Error("nothing was delivered");
    expect(delivery.path).toBe("/webhooks/stripe");
    expect(stripeEvent(delivery)).toMatchObject({
      type: "payment_intent.amount_capturable_updated",
      data: { object: { id, amount: 2_500 } },
    });
  });

  test("of a shipment is signed by the Standard Webhooks scheme", async () => {
    const order = newOrder();
    await ship(order);
    const deliveries = await delivered(order, 2);
    const verified = deliveries.map(({ body, headers }) =>
      new Webhook(FULFILMENT_SECRET).verify(body, headers as Record<string, string>),
    );
    expect(verified).toMatchObject([
      { type: "shipment.shipped", data: { id: `shp_${order}`, orderId: order, carrier: "Parcel" } },
      { type: "shipment.delivered", data: { id: `shp_${order}`, orderId: order } },
    ]);
  });

  test("is delivered again under the same id until it is accepted", async () => {
    const order = newOrder();
    receiver.answers.push(503, 500);
    await authorize(order);
    const deliveries = await vi.waitFor(() => {
      expect(deliveriesAbout(order)).toHaveLength(3);
      return deliveriesAbout(order);
    }, 5_000);
    expect(new Set(deliveries.map((delivery) => stripeEvent(delivery).id)).size).toBe(1);
    await vi.waitFor(async () => {
      const [event] = await rig.outside.webhooks(order);
      expect(event?.attempts.map(({ status }) => status)).toEqual([503, 500, 200]);
      expect(event?.owed).toBe(false);
    });
  });

  test("precedes the response when so scripted", async () => {
    const order = newOrder();
    await rig.outside.fault("authorize", "webhook-first", { order });
    await authorize(order);
    expect(deliveriesAbout(order)).toHaveLength(1);
  });

  test("is lost when so scripted, and stays in the list of events", async () => {
    const order = newOrder();
    const fault = await rig.outside.fault("webhook", "drop-before", { order });
    await authorize(order);
    await vi.waitFor(async () => expect(await rig.outside.hits(fault)).toBe(1));
    expect(await rig.outside.webhooks(order)).toMatchObject([{ attempts: [], owed: false }]);
  });

  test("is not sent while webhooks are off", async () => {
    const order = newOrder();
    await rig.outside.config({ webhooks: false });
    await authorize(order);
    await rig.outside.config({ webhooks: true });
    expect(await rig.outside.webhooks(order)).toMatchObject([{ attempts: [], owed: false }]);
  });
});

describe("an event sent explicitly", () => {
  const type = "payment_intent.amount_capturable_updated";

  test("repeats the last one, as often as requested", async () => {
    const order = newOrder();
    await authorize(order);
    await delivered(order, 1);
    expect(await rig.outside.webhook({ type, order, count: 3, parallel: true })).toEqual([200, 200, 200]);
    const deliveries = await delivered(order, 4);
    expect(new Set(deliveries.map((delivery) => stripeEvent(delivery).id)).size).toBe(1);
  });

  test("is a fresh one with changed members", async () => {
    const order = newOrder();
    await authorize(order);
    const [first] = await delivered(order, 1);
    await rig.outside.webhook({ type, order, which: "fresh", change: { amount: 1, metadata: { note: "odd" } } });
    const [, second] = await delivered(order, 2);
    if (!first || !second) throw new Error("nothing was delivered");
    expect(stripeEvent(second).id).not.toBe(stripeEvent(first).id);
    expect(stripeEvent(second).data.object).toMatchObject({ amount: 1, metadata: { orderId: order, note: "odd" } });
  });

  test.each([
    ["forged", /No signatures found/],
    ["stale", /Timestamp outside/],
    ["unsigned", /No stripe-signature|Unable to extract|No signatures/],
  ] as const)("that is %s does not verify", async (mode, message) => {
    const order = newOrder();
    await authorize(order);
    await delivered(order, 1);
    await rig.outside.webhook({ type, order, mode });
    const [, delivery] = await delivered(order, 2);
    if (!delivery) throw new Error("nothing was delivered");
    expect(() => stripeEvent(delivery)).toThrow(message);
  });

  test("has any body, signed as is", async () => {
    const order = newOrder();
    expect(await rig.outside.webhook({ type: "any", raw: `not json ${order}` })).toEqual([200]);
    const [delivery] = await delivered(order, 1);
    expect(delivery?.body).toBe(`not json ${order}`);
  });

  test("may be about an unknown shipment", async () => {
    const order = newOrder();
    await rig.outside.webhook({
      provider: "fulfilment",
      type: "shipment.shipped",
      object: { id: "shp_x", orderId: order },
    });
    const [delivery] = await delivered(order, 1);
    expect(delivery?.path).toBe("/webhooks/fulfilment");
  });
});
