import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyWebhook } from "../../src/client/index.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { Caller } from "../rig/caller.js";
import { idemCli } from "../rig/idem-cli.js";
import { isSignedBy, type Received, Receiver } from "../rig/receiver.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

const ENDPOINTS = "/v1/webhook-endpoints";

let idem: TestApp;
const receivers: Receiver[] = [];
beforeAll(async () => {
  idem = await TestApp.start(26, {
    WEBHOOK_ALLOW_PRIVATE: "true",
    WEBHOOK_RETRY_MAX: "1s",
  });
  // Two share the work, and whatever is asserted to come once comes once all the same.
  await idem.anotherWorker();
});
afterAll(async () => {
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  await auditIsClean(idem).finally(() => idem.stop());
});

/** A tenant of its own, whose endpoints have its events alone. */
async function newTenant(): Promise<Caller> {
  const [key, tenant] = [`key_${randomUUID()}`, `shop-${randomUUID()}`];
  const hash = createHash("sha256").update(key).digest();
  await idem.db.query("insert into api_keys (hash, tenant, role) values ($1, $2, 'merchant')", [hash, tenant]);
  const shop = new Caller(idem.base, key);
  await shop.put("/v1/stock/MUG-1", { onHand: 1_000 });
  return shop;
}

async function newReceiver(answer?: Receiver["answer"]): Promise<Receiver> {
  const receiver = await Receiver.start(answer);
  receivers.push(receiver);
  return receiver;
}

interface Endpoint {
  id: string;
  path: string;
  secret: string;
}

async function register(shop: Caller, url: string, more: object = {}): Promise<Endpoint> {
  const answer = await shop.post(ENDPOINTS, { url, ...more });
  if (answer.status !== 201) throw new Error(answer.text);
  return { id: answer.json.id, path: answer.json.links.self, secret: answer.json.secret };
}

const place = (shop: Caller) => idem.place(idem.order(), undefined, shop);

/** Every event of an order, once it is completed and nothing more comes. */
async function eventsOf(shop: Caller, order: PlacedOrder): Promise<string[]> {
  return waitFor("the order's end", async () => {
    const types = (await shop.get(`${order.path}/events`)).json.items.map(({ type }: { type: string }) => type);
    return types.filter((type: string) => type === "email.sent").length === 2 && types.includes("order.completed")
      ? types
      : null;
  });
}

/** The receiver has accepted each event of the order once, in order. */
async function hasAll(receiver: Receiver, shop: Caller, order: PlacedOrder): Promise<void> {
  const types = await eventsOf(shop, order);
  await waitFor("every event", () => receiver.of(order).length >= types.length);
  expect(receiver.of(order).map(({ type }) => type)).toEqual(types);
  expect(new Set(receiver.of(order).map(({ id }) => id)).size).toBe(types.length);
}

async function feedOf(shop: Caller): Promise<{ type: string; occurredAt: string; orderId: string }[]> {
  const events = [];
  for (let after = ""; ;) {
    const { items, nextCursor } = (await shop.get(`/v1/events?limit=100${after}`)).json;
    if (items.length === 0) return events;
    events.push(...items);
    after = `&after=${nextCursor}`;
  }
}

const deliveriesOf = async (shop: Caller, { path }: Endpoint, query = "") =>
  (await shop.get(`${path}/deliveries?limit=100${query}`)).json.items;

describe.concurrent("a webhook endpoint", () => {
  test("is registered once for its key, with the same bytes for every repeat (K6), and shows its secret then alone", async () => {
    const shop = await newTenant();
    const [key, body] = [randomUUID(), { url: "http://127.0.0.1:9/events", types: ["order.confirmed"] }];
    const answers = await Promise.all(Array.from({ length: 5 }, () => shop.post(ENDPOINTS, body, { key })));
    const [first] = answers;
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(first?.json).toEqual({
      id: expect.stringMatching(/^whe_[a-z2-7]{32}$/),
      ...body,
      status: "enabled",
      disabledAt: null,
      disabledReason: null,
      failingSince: null,
      createdAt: expect.any(String),
      links: { self: `${ENDPOINTS}/${first?.json.id}`, deliveries: `${ENDPOINTS}/${first?.json.id}/deliveries` },
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    });
    expect(first?.header("Location")).toBe(first?.json.links.self);
    const { secret, ...shown } = first?.json ?? {};
    expect((await shop.get(shown.links.self)).json).toEqual(shown);
    expect((await shop.get(ENDPOINTS)).json).toEqual({ items: [shown] });
    expect((await shop.post(ENDPOINTS, { url: "http://127.0.0.1:9/other" }, { key })).problem).toBe(
      "idempotency-key-reused",
    );
    expect((await shop.post(ENDPOINTS, body, { key: null })).problem).toBe("idempotency-key-missing");
    expect(secret).toBeDefined();
  });

  test("belongs to its tenant's merchant alone (M17)", async () => {
    const [shop, other] = await Promise.all([newTenant(), newTenant()]);
    const { path } = await register(shop, "http://127.0.0.1:9/events");
    for (const at of [path, `${path}/deliveries`]) expect((await other.get(at)).problem).toBe("not-found");
    for (const verb of ["ping", "rotate", "enable", "deliveries/png_x/redeliver"])
      expect((await other.post(`${path}/${verb}`, {})).problem).toBe("not-found");
    expect((await other.post(`${path}/redeliver`, { from: new Date().toISOString() })).problem).toBe("not-found");
    expect((await other.ask("DELETE", path, null, {})).problem).toBe("not-found");
    expect((await other.get(ENDPOINTS)).json.items).toEqual([]);
    expect((await idem.operator.get(ENDPOINTS)).problem).toBe("forbidden");
    expect((await idem.operator.post(ENDPOINTS, { url: "http://127.0.0.1:9/" })).problem).toBe("forbidden");
  });

  test("is one of at most ten, however many are registered at one moment", async () => {
    const shop = await newTenant();
    const answers = await Promise.all(
      Array.from({ length: 14 }, (_, at) => shop.post(ENDPOINTS, { url: `http://127.0.0.1:9/${at}` })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(answers.filter(({ problem }) => problem === "webhook-endpoint-limit")).toHaveLength(4);
    const [first] = (await shop.get(ENDPOINTS)).json.items;
    expect((await shop.ask("DELETE", first.links.self, null, {})).status).toBe(204);
    expect((await shop.get(first.links.self)).problem).toBe("not-found");
    expect((await shop.ask("DELETE", first.links.self, null, {})).problem).toBe("not-found");
    expect((await shop.post(ENDPOINTS, { url: "http://127.0.0.1:9/next" })).status).toBe(201);
  });

  test.each([
    ["is no URL", { url: "shop.example/events" }],
    ["speaks another protocol", { url: "ftp://shop.example/events" }],
    ["holds credentials", { url: "https://ada:secret@shop.example/events" }],
    ["has a fragment", { url: "https://shop.example/events#here" }],
    ["is too long", { url: `https://shop.example/${"a".repeat(500)}` }],
    ["is missing", {}],
    ["goes with a type that does not exist", { url: "https://shop.example/", types: ["order.dreamt"] }],
    ["goes with no type", { url: "https://shop.example/", types: [] }],
    ["goes with a member that does not exist", { url: "https://shop.example/", secret: "whsec_AAAA" }],
  ])("is refused when its URL %s", async (_, body) => {
    expect((await idem.acme.post(ENDPOINTS, body)).problem).toBe("invalid-request");
  });
});

describe.concurrent("events reach an endpoint", () => {
  test("all of every order once, each order's in order, signed, as the feed has them", async () => {
    const shop = await newTenant();
    const before = await place(shop);
    await eventsOf(shop, before);
    const receiver = await newReceiver();
    const { secret } = await register(shop, receiver.url);
    const orders = await Promise.all(Array.from({ length: 8 }, () => place(shop)));
    for (const order of orders) await hasAll(receiver, shop, order);
    expect(receiver.of(before)).toEqual([]);
    expect(receiver.came.every((received) => isSignedBy(secret, received))).toBe(true);
    const feed = await feedOf(shop);
    for (const order of orders) {
      const bodies = receiver.of(order).map(({ body }) => JSON.parse(body));
      const events = feed.filter(({ orderId }) => orderId === order.id);
      expect(bodies).toEqual(events.map(({ type, occurredAt: timestamp, ...data }) => ({ type, timestamp, data })));
    }
    const [{ headers, body } = { headers: {} as Record<string, string>, body: "" }] = receiver.accepted;
    const get = (name: string) => headers[name] ?? null;
    expect(await verifyWebhook(secret, { get }, body)).toEqual(JSON.parse(body));
  });

  test("of the types that it asks for alone", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver();
    await register(shop, receiver.url, { types: ["order.confirmed", "order.completed"] });
    const order = await place(shop);
    await waitFor("both", () => receiver.of(order).length >= 2);
    await stays("no other", () => receiver.of(order).length === 2);
    expect(receiver.of(order).map(({ type }) => type)).toEqual(["order.confirmed", "order.completed"]);
  });

  test("once it is back, after it was down for a while", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver(503);
    const endpoint = await register(shop, receiver.url);
    const orders = await Promise.all(Array.from({ length: 4 }, () => place(shop)));
    for (const order of orders) await eventsOf(shop, order);
    await waitFor("attempts", () => receiver.came.length >= 6);
    expect((await shop.get(endpoint.path)).json).toMatchObject({ status: "enabled", failingSince: expect.any(String) });
    const [delivery] = await waitFor("a delivery that failed", async () => {
      const tried = (await deliveriesOf(shop, endpoint, "&status=pending")).filter(
        ({ attemptCount }: { attemptCount: number }) => attemptCount > 0,
      );
      return tried.length > 0 && tried;
    });
    expect(delivery.attempts[0]).toEqual({
      at: expect.any(String),
      durationMs: expect.any(Number),
      statusCode: 503,
      error: null,
      excerpt: null,
    });
    receiver.answer = 200;
    for (const order of orders) await hasAll(receiver, shop, order);
    await waitFor("the record", async () => (await deliveriesOf(shop, endpoint, "&status=pending")).length === 0);
    expect((await shop.get(endpoint.path)).json.failingSince).toBeNull();
  });

  test("although one of its orders is refused, which alone waits and stays in order", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver();
    await register(shop, receiver.url);
    let refusals = 0;
    const refused = await place(shop);
    receiver.answer = (response, received) => {
      const isRefused = received.data.orderId === refused.id && received.type === "order.confirmed" && refusals++ < 4;
      if (!isRefused) receiver.accepted.push(received);
      response.writeHead(isRefused ? 500 : 204).end();
    };
    const other = await place(shop);
    await hasAll(receiver, shop, other);
    await hasAll(receiver, shop, refused);
    expect(refusals).toBe(5);
  });

  test("within seconds, while another endpoint of the tenant never answers", async () => {
    const shop = await newTenant();
    const [hanging, quick] = await Promise.all([newReceiver(null), newReceiver()]);
    const endpoint = await register(shop, hanging.url);
    await register(shop, quick.url);
    const orders = await Promise.all(Array.from({ length: 6 }, () => place(shop)));
    await waitFor("the first to hang", () => hanging.came.length > 0);
    const late: number[] = [];
    for (const order of orders) {
      await hasAll(quick, shop, order);
      const events = (await shop.get(`${order.path}/events`)).json.items;
      late.push(...quick.of(order).map(({ at }, index) => at - Date.parse(events[index].at)));
    }
    // An attempt that hangs takes 10 s.
    expect(Math.max(...late)).toBeLessThan(8_000);
    const timedOut = async () =>
      (await deliveriesOf(shop, endpoint)).find(
        ({ attempts }: { attempts: { error: string }[] }) => attempts[0]?.error === "timeout",
      );
    expect(await waitFor("the time-out", timedOut)).toMatchObject({ status: "pending" });
    await shop.ask("DELETE", endpoint.path, null, {});
  });
});

describe.concurrent("an answer", () => {
  const firstAttempt = async (answer: Receiver["answer"], protocol = "http:") => {
    const shop = await newTenant();
    const receiver = await newReceiver(answer);
    const endpoint = await register(shop, receiver.url.replace("http:", protocol));
    await shop.post(`${endpoint.path}/ping`, {});
    const [delivery] = await waitFor("an attempt", async () => {
      const made = await deliveriesOf(shop, endpoint);
      return made[0]?.attemptCount > 0 && made;
    });
    await shop.ask("DELETE", endpoint.path, null, {});
    return { receiver, delivery, attempt: delivery.attempts[0] };
  };

  test("that redirects is a failure, and is not followed", async () => {
    const target = await newReceiver();
    const { delivery, attempt } = await firstAttempt((response) =>
      response.writeHead(307, { Location: target.url }).end(),
    );
    expect([delivery.status, attempt.statusCode]).toEqual(["pending", 307]);
    expect(target.came).toEqual([]);
  });

  test("without end is read up to a limit, and its beginning is kept", async () => {
    let sent = 0;
    const { delivery, attempt } = await firstAttempt((response) => {
      response.writeHead(200);
      const more = () => {
        if (response.destroyed) return;
        sent += 4_096;
        response.write("thanks\n\0".repeat(512), more);
      };
      more();
    });
    expect([delivery.status, attempt.statusCode]).toEqual(["delivered", 200]);
    expect(attempt.excerpt).toMatch(/^thanks thanks /);
    expect(attempt.excerpt.length).toBeLessThanOrEqual(200);
    expect(sent).toBeLessThan(10_000_000);
  });

  test("in another protocol than TLS is a failure of TLS", async () => {
    const { attempt } = await firstAttempt(200, "https:");
    expect(attempt).toMatchObject({ statusCode: null, error: "tls" });
  });

  test("that breaks off is a failure of the connection", async () => {
    const { attempt } = await firstAttempt((response) => response.destroy());
    expect(attempt).toMatchObject({ statusCode: null, error: "connection" });
  });
});

describe.concurrent("an endpoint's owner", () => {
  test("pings it, once for a key", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver();
    const { id, path, secret } = await register(shop, receiver.url);
    const key = randomUUID();
    const [first, again] = [await shop.post(`${path}/ping`, {}, { key }), await shop.post(`${path}/ping`, "", { key })];
    expect([first.status, again.status, again.replayed, again.text]).toEqual([200, 200, true, first.text]);
    expect(first.json).toMatchObject({ type: "ping", orderId: null, status: "pending", attemptCount: 0, attempts: [] });
    const ping = await waitFor("the ping", () => receiver.accepted[0]);
    expect(ping).toMatchObject({ id: first.json.id, type: "ping", data: { id: first.json.id, endpointId: id } });
    expect(isSignedBy(secret, ping)).toBe(true);
    await stays("one", () => receiver.came.length === 1);
  });

  test("has one delivery made again, and those of a time, under the same ids", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver();
    const endpoint = await register(shop, receiver.url);
    const order = await place(shop);
    await hasAll(receiver, shop, order);
    const all = receiver.of(order).map(({ id }) => id);
    await waitFor(
      "the record",
      async () => (await deliveriesOf(shop, endpoint, "&status=delivered")).length === all.length,
    );
    const [, second = ""] = all;
    const key = randomUUID();
    const redeliver = () => shop.post(`${endpoint.path}/deliveries/${second}/redeliver`, {}, { key });
    const [first, repeat] = [await redeliver(), await redeliver()];
    expect([first.json.status, repeat.replayed, repeat.text]).toEqual(["pending", true, first.text]);
    await waitFor("it", () => receiver.of(order).length === all.length + 1);
    expect(receiver.of(order).at(-1)?.id).toBe(second);
    // What is asked for while an attempt is under way is answered by that attempt.
    await waitFor(
      "its record",
      async () => (await deliveriesOf(shop, endpoint, "&status=delivered")).length === all.length,
    );
    expect((await shop.post(`${endpoint.path}/deliveries/evt_x/redeliver`, {})).problem).toBe("not-found");

    const { occurredAt } = (await deliveriesOf(shop, endpoint)).at(-2);
    const range = await shop.post(`${endpoint.path}/redeliver`, { from: occurredAt });
    expect(range.json.nextFrom).toBeNull();
    expect(range.json.deliveries).toBeGreaterThanOrEqual(all.length - 2);
    await waitFor("all of them", () => receiver.of(order).length === all.length + 1 + range.json.deliveries);
    const again = receiver.of(order).slice(all.length + 1);
    expect(again.map(({ id }) => id)).toEqual(all.slice(-again.length));
  });

  test("rotates its secret: for a day both sign, and then the new one alone", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver();
    const { id, path, secret: former } = await register(shop, receiver.url);
    const key = randomUUID();
    const rotated = await shop.post(`${path}/rotate`, {}, { key });
    expect((await shop.post(`${path}/rotate`, {}, { key })).text).toBe(rotated.text);
    const { secret } = rotated.json;
    expect(secret).not.toBe(former);
    const signedBy = (received: Received) => [secret, former].map((one) => isSignedBy(one, received));
    await shop.post(`${path}/ping`, {});
    expect(signedBy(await waitFor("a ping", () => receiver.accepted[0]))).toEqual([true, true]);
    // A batch signs with the secrets of its beginning.
    const isServed = "select from webhook_endpoints where id = $1 and leased_until > now()";
    await waitFor("the turn's end", async () => (await idem.db.query(isServed, [id])).rowCount === 0);
    await idem.db.query("update webhook_endpoints set previous_until = now() where id = $1", [id]);
    await shop.post(`${path}/ping`, {});
    expect(signedBy(await waitFor("another", () => receiver.accepted[1]))).toEqual([true, false]);
  });

  test("pages through its deliveries, and finds those of a status", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver();
    const { path } = await register(shop, receiver.url);
    const order = await place(shop);
    await hasAll(receiver, shop, order);
    const seen: string[] = [];
    for (let cursor = ""; ;) {
      const { items, nextCursor } = (await shop.get(`${path}/deliveries?limit=3${cursor}`)).json;
      seen.push(...items.map(({ id }: { id: string }) => id));
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(seen.toSorted()).toEqual(
      receiver
        .of(order)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect((await shop.get(`${path}/deliveries?status=failed`)).json.items).toEqual([]);
    expect((await shop.get(`${path}/deliveries?status=lost`)).problem).toBe("invalid-parameter");
  });
});

describe.concurrent("an endpoint is disabled", () => {
  test("at once when it answers 410, keeps what is due, and has it once it is enabled", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver(410);
    const endpoint = await register(shop, receiver.url);
    const order = await place(shop);
    await waitFor("the end", async () => (await shop.get(endpoint.path)).json.status === "disabled");
    expect((await shop.get(endpoint.path)).json).toMatchObject({
      disabledAt: expect.any(String),
      disabledReason: "gone",
    });
    const came = receiver.came.length;
    await eventsOf(shop, order);
    receiver.answer = 200;
    await stays("nothing more", () => receiver.came.length === came);
    expect((await shop.post(`${endpoint.path}/enable`, {})).json).toMatchObject({
      status: "enabled",
      disabledAt: null,
    });
    await hasAll(receiver, shop, order);
  });

  test("when it has accepted nothing for as long as deliveries are repeated", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver(500);
    const endpoint = await register(shop, receiver.url);
    const order = await place(shop);
    await waitFor("a failure", async () => (await shop.get(endpoint.path)).json.failingSince);
    // As if the time had passed.
    await idem.db.query(
      `update webhook_endpoints set failing_since = now() - interval '4 days', enabled_at = now() - interval '5 days'
       where id = $1`,
      [endpoint.id],
    );
    await waitFor("the end", async () => (await shop.get(endpoint.path)).json.disabledReason === "failing");
    expect((await deliveriesOf(shop, endpoint, "&status=failed")).length).toBe(0);
    receiver.answer = 200;
    await shop.post(`${endpoint.path}/enable`, {});
    await hasAll(receiver, shop, order);
    const health = await idem.operator.get("/v1/health");
    expect(health.status).toBe(200);
  });
});

describe.concurrent("what is kept", () => {
  test("of an order that is purged are no deliveries", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver();
    const endpoint = await register(shop, receiver.url);
    const order = await place(shop);
    await hasAll(receiver, shop, order);
    await idem.owesNothing(order);
    await idem.alter(order, "update orders set closed_at = '2020-01-01' where id = $1");
    expect((await idemCli(idem.env, "purge", "--closed-before", "2021-01-01T00:00:00Z")).status).toBe(0);
    expect((await shop.get(order.path)).problem).toBe("order-purged");
    expect(await deliveriesOf(shop, endpoint)).toEqual([]);
    // What comes after it has no delivery, and the endpoint goes on behind it.
    const late =
      "insert into order_events (order_id, id, type, actor, data) values ($1, 900, 'shipment.late', 'warehouse', '{}')";
    await idem.db.query(late, [order.id]);
    const isBehind = "select from webhook_endpoints where id = $1 and order_id = $2 and event = 900";
    await waitFor("its place", async () => (await idem.db.query(isBehind, [endpoint.id, order.id])).rowCount === 1);
    expect(await deliveriesOf(shop, endpoint)).toEqual([]);
    await idem.db.query("delete from order_events where order_id = $1", [order.id]);
  });

  test("are deliveries of the last 30 days, and of endpoints that were not deleted", async () => {
    const shop = await newTenant();
    const receiver = await newReceiver();
    const [endpoint, deleted] = [await register(shop, receiver.url), await register(shop, receiver.url)];
    for (const { path } of [endpoint, endpoint, deleted]) await shop.post(`${path}/ping`, {});
    await waitFor("the pings", () => receiver.accepted.length === 3);
    await shop.ask("DELETE", deleted.path, null, {});
    const rows = async ({ id }: Endpoint) =>
      (await idem.db.query("select id from webhook_deliveries where endpoint_id = $1", [id])).rowCount;
    await idem.db.query(
      `update webhook_deliveries set occurred_at = now() - interval '31 days'
       where endpoint_id = $1 and id = (select min(id) from webhook_deliveries where endpoint_id = $1)`,
      [endpoint.id],
    );
    await waitFor("the housekeeping", async () => {
      await idem.client.schedule.getHandle("purge").trigger();
      return (await rows(deleted)) === 0 && (await rows(endpoint)) === 1;
    });
    expect(await deliveriesOf(shop, endpoint)).toHaveLength(1);
  });
});
