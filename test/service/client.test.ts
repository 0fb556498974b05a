import { randomUUID } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  IdemClient,
  IdemError,
  isFinal,
  memoryStore,
  type OrderRequest,
  verifyWebhook,
} from "../../src/client/index.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { TestApp } from "../rig/test-app.js";
import { type Trouble, TroubledProxy } from "../rig/troubled-proxy.js";

/** The client that callers use, against the service, through a proxy that now and then talks nonsense. */

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(29);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

async function behindProxy(...troubles: Trouble[]) {
  const proxy = await TroubledProxy.to(idem.base);
  proxy.troubles.push(...troubles);
  const store = memoryStore();
  const client = (more: { giveUpAfterMs?: number } = {}) =>
    new IdemClient({ baseUrl: proxy.base, apiKey: idem.acme.apiKey ?? "", store, ...more });
  return { proxy, client, cart: randomUUID() };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

const ordersOf = (reference: string) => {
  const client = new IdemClient({ baseUrl: idem.base, apiKey: idem.acme.apiKey ?? "" });
  return all(client.orders({ reference }));
};

const orderOf = (reference: string) => ({ ...idem.order(), reference }) as OrderRequest;

describe.concurrent("a cart", () => {
  test.each<[string, Trouble]>([
    ["that a proxy refused with a page", "502 page"],
    ["whose answer a proxy replaced by a page", "200 page"],
    ["whose answer was cut off", "cut body"],
    ["whose connection was cut after the order was accepted", "cut connection"],
  ])("%s becomes one order, under one key", async (_what, trouble) => {
    const { proxy, client, cart } = await behindProxy(trouble);
    const accepted = await client().placeOrder(cart, orderOf(cart));
    expect(accepted.replayed).toBe(trouble !== "502 page");
    expect(proxy.keys).toHaveLength(2);
    expect(new Set(proxy.keys).size).toBe(1);
    expect((await ordersOf(cart)).map(({ id }) => id)).toEqual([accepted.id]);
    await proxy.close();
  });

  test("whose caller died before the answer came becomes one order when the caller starts again", async () => {
    const { proxy, client, cart } = await behindProxy("cut connection");
    const order = orderOf(cart);
    const died = client({ giveUpAfterMs: 0 }).placeOrder(cart, order);
    await expect(died).rejects.toMatchObject({ name: "IdemError", code: "no-answer", retryable: true });
    const again = await client().placeOrder(cart, order);
    expect(again.replayed).toBe(true);
    expect((await ordersOf(cart)).map(({ id }) => id)).toEqual([again.id]);
    await proxy.close();
  });

  test("that is submitted five times at once is sent once", async () => {
    const { proxy, client, cart } = await behindProxy();
    const [shop, order] = [client(), orderOf(cart)];
    const accepted = await Promise.all(Array.from({ length: 5 }, () => shop.placeOrder(cart, order)));
    expect(new Set(accepted.map(({ id }) => id)).size).toBe(1);
    expect(proxy.keys).toHaveLength(1);
    await proxy.close();
  });

  test("that changed after it was sent is no other order, until it is forgotten", async () => {
    const { proxy, client, cart } = await behindProxy();
    const shop = client();
    const first = await shop.placeOrder(cart, orderOf(cart));
    const changed = { ...orderOf(cart), metadata: { gift: "yes" } };
    await expect(shop.placeOrder(cart, changed)).rejects.toMatchObject({ code: "action-changed", retryable: false });
    await shop.forget(`place-order/${cart}`);
    expect((await shop.placeOrder(cart, changed)).id).not.toBe(first.id);
    await proxy.close();
  });

  test("that was refused can be corrected", async () => {
    const { proxy, client, cart } = await behindProxy();
    const order = orderOf(cart);
    const refused = await client()
      .placeOrder(cart, { ...order, total: order.total + 1 })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(IdemError);
    expect(refused).toMatchObject({ code: "invalid-request", status: 422, retryable: false });
    expect((refused as IdemError).problem?.errors?.[0]?.pointer).toBe("/total");
    expect((await client().placeOrder(cart, order)).replayed).toBe(false);
    await proxy.close();
  });

  test("is not sent on after its caller gave it up", async () => {
    const { proxy, client, cart } = await behindProxy("502 page", "502 page", "502 page", "502 page");
    const stopped = client().placeOrder(cart, orderOf(cart), { signal: AbortSignal.timeout(300) });
    await expect(stopped).rejects.toMatchObject({ name: "TimeoutError" });
    await proxy.close();
  });
});

describe.concurrent("an order", () => {
  test("is followed to its end over cut streams, each event once and in order", async () => {
    const { proxy, client, cart } = await behindProxy();
    const shop = client();
    const { id } = await shop.placeOrder(cart, orderOf(cart));
    proxy.troubles.push("502 page", "cut connection");
    const events = await all(shop.follow(id));
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    expect(events.map(({ type }) => type)).toContain("order.completed");
    await proxy.close();
  });

  test("is waited for until it is as it should be, and no longer than it can be", async () => {
    const { proxy, client, cart } = await behindProxy();
    const shop = client();
    const { id } = await shop.placeOrder(cart, orderOf(cart));
    expect((await shop.waitFor(id, ({ payment }) => payment.status !== "pending")).status).not.toBe("accepted");
    const done = await shop.waitFor(id, isFinal);
    expect(done.status).toBe("completed");
    await expect(shop.waitFor(id, ({ status }) => status === "cancelled")).rejects.toMatchObject({ code: "never-so" });
    await proxy.close();
  });

  test("is cancelled and refunded once for each name", async () => {
    const { proxy, client, cart } = await behindProxy();
    const shop = client();
    const order = await idem.completed();
    await expect(shop.cancelOrder(order.id)).rejects.toMatchObject({ code: "order-not-cancellable" });
    const refund = () => shop.refundOrder(cart, order.id, { amount: 10 });
    const [first, second] = [await refund(), await refund()];
    expect([second.id, second.replayed]).toEqual([first.id, true]);
    await expect(shop.readOrder("ord_unknown")).rejects.toMatchObject({ code: "not-found", status: 404 });
    await proxy.close();
  });
});

describe("a webhook", () => {
  const secret = `whsec_${Buffer.from("a secret of at least 24 bytes").toString("base64")}`;
  const body = JSON.stringify({ type: "order.completed", data: { id: "ord_1" } });
  const signed = (at = new Date()) =>
    new Headers({
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign("msg_1", at, body),
    });

  test("of the secret, or of one of two while they rotate, is taken", async () => {
    expect(await verifyWebhook(secret, signed(), body)).toEqual(JSON.parse(body));
    expect(await verifyWebhook([`whsec_${btoa("another")}`, secret], signed(), body)).toEqual(JSON.parse(body));
  });

  test.each([
    ["is not signed", new Headers(), body],
    ["is old", signed(new Date(Date.now() - 400_000)), body],
    ["was changed", signed(), body.replace("ord_1", "ord_2")],
  ])("that %s is refused", async (_what, headers, text) => {
    await expect(verifyWebhook(secret, headers, text)).rejects.toMatchObject({ code: "webhook-invalid" });
  });
});
