import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import type { Caller } from "../rig/caller.js";
import { idemCli } from "../rig/idem-cli.js";
import { streamedEvents } from "../rig/event-stream.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(25);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

interface FeedEvent {
  id: string;
  type: string;
  orderId: string;
  status: string;
}

/** A reader of the feed that keeps its cursor. */
class Reader {
  readonly seen: FeedEvent[] = [];
  private cursor: string | null;
  private readonly caller: Caller;

  constructor(caller: Caller = idem.acme, cursor: string | null = null) {
    this.caller = caller;
    this.cursor = cursor;
  }

  async read(limit = 100): Promise<FeedEvent[]> {
    const answer = await this.caller.get(`/v1/events?limit=${limit}${this.cursor ? `&after=${this.cursor}` : ""}`);
    if (answer.status !== 200) throw new Error(answer.text);
    this.cursor = answer.json.nextCursor;
    this.seen.push(...answer.json.items);
    return answer.json.items;
  }

  /** Reads until nothing is left. */
  async catchUp(limit = 100): Promise<void> {
    while ((await this.read(limit)).length > 0);
  }

  of(order: { id: string }): FeedEvent[] {
    return this.seen.filter(({ orderId }) => orderId === order.id);
  }
}

const isComplete = (order: PlacedOrder, reader: Reader) => async () => {
  await reader.catchUp();
  return reader.of(order).some(({ type }) => type === "order.completed");
};

describe.concurrent("the feed", () => {
  test("has every event of every order exactly once, in the order's order, while others are written", async () => {
    const reader = new Reader();
    const done = new AbortController();
    const reading = (async () => {
      while (!done.signal.aborted) await reader.read(7);
    })();
    const orders = await Promise.all(Array.from({ length: 25 }, () => idem.place()));
    for (const order of orders) await idem.reaches(order, "completed");
    await waitFor("all events", async () => {
      const recorded = (await Promise.all(orders.map((order) => idem.events(order)))).flat();
      const mailed = recorded.filter(({ type }) => type === "email.sent").length === 2 * orders.length;
      return mailed && recorded.length === orders.flatMap((order) => reader.of(order)).length;
    });
    done.abort();
    await reading;
    for (const order of orders) {
      const recorded = await idem.events(order);
      expect(reader.of(order).map(({ type }) => type)).toEqual(recorded.map(({ type }) => type));
      expect(reader.of(order).map(({ id }) => id)).toEqual(
        recorded.map(({ id }) => `evt_${order.id.slice(4)}_1_${id}`),
      );
    }
    expect(new Set(reader.seen.map(({ id }) => id)).size).toBe(reader.seen.length);
  });

  test("says what the order showed then, and names shipment and refund, and no person", async () => {
    const order = await idem.completed();
    const { id: refund } = (await idem.refund(order, { amount: 10 })).json;
    const reader = new Reader();
    await waitFor("the refund", async () => {
      await reader.catchUp();
      return reader.of(order).some(({ type }) => type === "refund.succeeded");
    });
    const [shipment] = (await idem.read(order)).shipments;
    const of = (type: string) => reader.of(order).find((event) => event.type === type);
    expect(of("order.accepted")).toMatchObject({ status: "accepted", shipmentId: null, refundId: null });
    expect(of("order.confirmed")).toMatchObject({ status: "confirmed" });
    expect(of("shipment.shipped")).toMatchObject({ status: "shipped", shipmentId: shipment.id });
    expect(of("order.completed")).toMatchObject({ status: "completed" });
    expect(of("refund.succeeded")).toMatchObject({ refundId: refund });
    expect(JSON.stringify(reader.of(order))).not.toContain(order.body.customer.email);
  });

  test("shows no event behind a cursor that was given out, however late its transaction commits", async () => {
    const order = await idem.completed();
    const record = `insert into order_events (order_id, id, type, actor, data, tenant, status)
      values ($1, $2, 'run.taken_over', 'system', '{"state":"late"}', 'acme', 'completed')`;
    const reader = new Reader();
    await waitFor("the order's end", isComplete(order, reader));
    const late = await idem.db.connect();
    await late.query("begin");
    await late.query(record, [order.id, 1000]);
    await idem.db.query(record, [order.id, 1001]);
    await stays("what was recorded behind it", async () => {
      await reader.catchUp();
      return reader.of(order).every(({ id }) => !id.endsWith("_1001"));
    });
    await late.query("commit");
    late.release();
    await waitFor("both", async () => {
      await reader.catchUp();
      return reader.of(order).some(({ id }) => id.endsWith("_1001"));
    });
    expect(reader.of(order).filter(({ id }) => /_100[01]$/.test(id))).toHaveLength(2);
    expect(new Set(reader.seen.map(({ id }) => id)).size).toBe(reader.seen.length);
    await idem.db.query("delete from order_events where order_id = $1 and id >= 1000", [order.id]);
  });

  test("has what the build before records, which names no tenant", async () => {
    const order = await idem.completed();
    await idem.db.query(
      `insert into order_events (order_id, id, type, actor, data) values ($1, 1000, 'run.taken_over', 'system', '{}')`,
      [order.id],
    );
    const reader = new Reader();
    const event = await waitFor("it", async () => {
      await reader.catchUp();
      return reader.of(order).find(({ id }) => id.endsWith("_1000"));
    });
    expect(event).toMatchObject({ type: "run.taken_over", status: "completed" });
    await idem.db.query("delete from order_events where order_id = $1 and id = 1000", [order.id]);
  });

  test("goes on where it was when there was nothing yet", async () => {
    const empty = await idem.globex.get("/v1/events");
    expect(empty.json).toEqual({ items: [], nextCursor: expect.any(String) });
    const reader = new Reader(idem.globex, empty.json.nextCursor);
    const order = await idem.place(idem.order(), undefined, idem.globex);
    await waitFor("the order's end", isComplete(order, reader));
    expect(reader.of(order)[0]).toMatchObject({ type: "order.accepted" });
    expect(reader.seen.every(({ orderId }) => orderId === order.id)).toBe(true);
  });

  test("is read by operators too, and refuses what is no cursor of it (section 2)", async () => {
    expect((await idem.operator.get("/v1/events?limit=1")).status).toBe(200);
    const orders = (await idem.acme.get("/v1/orders?limit=1")).json.nextCursor ?? "MTc5NTYwMDgwMDAwMDpvcmRfYWJj";
    for (const cursor of [
      "",
      "x",
      "AAAAAAAAAAAA",
      orders,
      Buffer.from("1:99999999999999999999::0").toString("base64url"),
    ])
      expect((await idem.acme.get(`/v1/events?after=${cursor}`)).problem).toBe("invalid-parameter");
    const headers = { Accept: "text/event-stream", "Last-Event-ID": "7" };
    expect((await idem.acme.get("/v1/events", headers)).problem).toBe("invalid-parameter");
  });

  test("shows nothing of an order that was purged", async () => {
    const order = await idem.completed();
    await idem.owesNothing(order);
    await idem.alter(order, "update orders set closed_at = '2020-01-01' where id = $1");
    expect((await idemCli(idem.env, "purge", "--closed-before", "2021-01-01T00:00:00Z")).status).toBe(0);
    expect((await idem.acme.get(order.path)).problem).toBe("order-purged");
    const reader = new Reader();
    await reader.catchUp();
    expect(reader.of(order)).toEqual([]);
  });
});

describe.concurrent("the feed as a stream", () => {
  const open = (headers: Record<string, string>, ending: AbortController, key = idem.acme.apiKey) =>
    fetch(`${idem.base}/v1/events`, {
      headers: { Authorization: `Bearer ${key}`, Accept: "text/event-stream", ...headers },
      signal: ending.signal,
    });

  async function newKey(): Promise<{ key: string; revoke: () => Promise<unknown> }> {
    const key = `key_${randomUUID()}`;
    const hash = createHash("sha256").update(key).digest();
    const values = [hash, `shop-${key}`];
    await idem.db.query("insert into api_keys (hash, tenant, role) values ($1, $2, 'merchant')", values);
    return { key, revoke: () => idem.db.query("update api_keys set revoked_at = now() where hash = $1", [hash]) };
  }

  test("brings what happens as it happens, and resumes by the id of its last event", async () => {
    const { nextCursor } = (await idem.acme.get("/v1/events?limit=1")).json;
    const ending = new AbortController();
    const order = await idem.place();
    const types: string[] = [];
    let lastId = nextCursor;
    for await (const { id, event, data } of streamedEvents(await open({ "Last-Event-ID": lastId }, ending))) {
      if (data.orderId === order.id) types.push(event);
      lastId = id;
      if (event === "order.confirmed" && data.orderId === order.id) break;
    }
    ending.abort();
    const again = new AbortController();
    for await (const { event, data } of streamedEvents(await open({ "Last-Event-ID": lastId }, again))) {
      if (data.orderId === order.id) types.push(event);
      if (event === "order.completed" && data.orderId === order.id) break;
    }
    again.abort();
    const recorded = await idem.eventTypes(order);
    expect(types).toEqual(recorded.slice(0, recorded.indexOf("order.completed") + 1));
  });

  test("ends within 15 s of its key's revocation (K11)", async () => {
    const { key, revoke } = await newKey();
    const stream = await open({}, new AbortController(), key);
    const began = Date.now();
    await revoke();
    await stream.text();
    expect(Date.now() - began).toBeLessThan(15_000);
  });

  test("is one of at most 100 of its tenant (K11)", async () => {
    const { key } = await newKey();
    const ending = new AbortController();
    const streams = await Promise.all(Array.from({ length: 100 }, () => open({}, ending, key)));
    expect(streams.filter(({ status }) => status === 200)).toHaveLength(100);
    expect((await open({}, ending, key)).status).toBe(429);
    ending.abort();
    await waitFor("a place", async () => {
      const next = new AbortController();
      const { status } = await open({}, next, key);
      next.abort();
      return status === 200;
    });
  });
});
