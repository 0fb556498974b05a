import { createHash, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXPORT_LINES } from "../../src/api/schemas/export-lines.js";
import { TIMELINE } from "../../src/domain/timeline.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { type Answer, Caller, retryWhileUnavailable } from "../rig/caller.js";
import { type StreamedEvent, streamedEvents } from "../rig/event-stream.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(6);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

const UNKNOWN_ORDER = `ord_${"a".repeat(32)}`;
const list = async (query: Record<string, string>, caller = idem.acme) =>
  (await caller.get(`/v1/orders?${new URLSearchParams(query).toString()}`)).json;
const ids = (items: { id: string }[]) => items.map(({ id }) => id);

describe.concurrent("an order is read", () => {
  test("with every member it was sent with and every one the contract names (section 2)", async () => {
    const metadata = { channel: "web" };
    const body = idem.order({ metadata, customer: { email: "ada@example.com", name: "Ada", phone: "+44 1" } });
    await idem.outside.hold({ amount: body.total });
    const order = await idem.place(body);
    await waitFor("the request", async () => (await idem.read(order)).shipments[0]?.status === "requested");
    const now = await idem.read(order);
    const [payment] = await idem.outside.payments(order.id);
    expect(now).toEqual({
      id: order.id,
      status: "confirmed",
      reference: body.reference,
      currency: "EUR",
      customer: body.customer,
      shipTo: body.shipTo,
      lines: body.lines,
      amounts: { total: body.total, authorized: body.total, captured: 0, refunded: 0 },
      payment: { status: "authorized", reference: payment?.id },
      shipments: [
        {
          id: (await idem.outside.shipments(order.id))[0]?.id,
          status: "requested",
          lines: [{ sku: "MUG-1", quantity: 1 }],
          carrier: null,
          trackingNumber: null,
          trackingUrl: null,
          requestedAt: expect.stringMatching(/Z$/),
          shippedAt: null,
          deliveredAt: null,
        },
      ],
      failure: null,
      attention: null,
      metadata,
      createdAt: order.answer.json.createdAt,
      updatedAt: expect.stringMatching(/Z$/),
      links: { self: order.path, events: `${order.path}/events`, run: expect.stringContaining(order.id) },
    });
    await idem.outside.release({ amount: body.total });
    const done = await idem.reaches(order, "completed");
    expect(done.shipments[0]).toMatchObject({
      status: "delivered",
      carrier: "Parcel",
      trackingNumber: expect.any(String),
      trackingUrl: `https://parcel.example/${done.shipments[0].trackingNumber}`,
      requestedAt: now.shipments[0].requestedAt,
    });
    const { requestedAt, shippedAt, deliveredAt } = done.shipments[0];
    expect(requestedAt <= shippedAt && shippedAt <= deliveredAt).toBe(true);
  });

  test("with null for what may be left out, and adjustments only when sent (section 2)", async () => {
    const { reference: _left, ...bare } = idem.order();
    const plain = await idem.read(await idem.place(bare as never));
    expect([plain.reference, plain.metadata, "adjustments" in plain]).toEqual([null, null, false]);
    const body = idem.order();
    const adjustments = [{ kind: "shipping", label: "Van", amount: 490 }];
    const order = await idem.place({ ...body, adjustments, total: body.total + 490 } as never);
    expect((await idem.read(order)).adjustments).toEqual(adjustments);
  });
});

describe.concurrent("a list", () => {
  async function batch(size: number): Promise<{ reference: string; orders: PlacedOrder[] }> {
    const reference = `batch-${randomUUID()}`;
    const orders: PlacedOrder[] = [];
    for (let made = 0; made < size; made++) orders.push(await idem.place(idem.order({ reference })));
    return { reference, orders };
  }

  test("is newest first and pages by its cursor without gap or repeat (section 2)", async () => {
    const { reference, orders } = await batch(5);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: { id: string }[]; nextCursor: string | null } = await list({
        reference,
        limit: "2",
        ...(cursor && { cursor }),
      });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...ids(page.items));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids(orders).reverse());
  });

  test("keeps its place when newer orders come meanwhile", async () => {
    const { reference, orders } = await batch(3);
    const first = await list({ reference, limit: "1" });
    await idem.place(idem.order({ reference }));
    const rest = await list({ reference, cursor: first.nextCursor });
    expect(ids(rest.items)).toEqual(ids(orders).reverse().slice(1));
  });

  test("is narrowed by time, inclusive after and exclusive before (section 2)", async () => {
    const { reference, orders } = await batch(3);
    const middle = orders[1]?.answer.json.createdAt;
    const [after, before] = [
      await list({ reference, createdAfter: middle }),
      await list({ reference, createdBefore: middle }),
    ];
    expect(ids([...after.items, ...before.items])).toEqual(ids(orders).reverse());
    expect(ids(after.items)).toContain(orders[1]?.id);
  });

  test("is narrowed by status", async () => {
    const reference = `batch-${randomUUID()}`;
    const declined = await idem.place(idem.order({ reference, method: "pm_card_chargeDeclined" }));
    const waiting = await idem.place(idem.order({ reference, method: "pm_card_authenticationRequired" }));
    await idem.reaches(declined, "rejected");
    await idem.reaches(waiting, "awaiting_payment");
    expect(ids((await list({ reference, status: "rejected" })).items)).toEqual([declined.id]);
    expect(ids((await list({ reference, status: "awaiting_payment" })).items)).toEqual([waiting.id]);
    expect(ids((await list({ reference, status: "completed" })).items)).toEqual([]);
    const several = await list({ reference, status: "awaiting_payment,completed,rejected" });
    expect(ids(several.items)).toEqual([waiting.id, declined.id]);
    const first = await list({ reference, status: "awaiting_payment,rejected", limit: "1" });
    const second = await list({ reference, status: "awaiting_payment,rejected", cursor: first.nextCursor });
    expect(ids([...first.items, ...second.items])).toEqual([waiting.id, declined.id]);
    expect(second.nextCursor).toBeNull();
  });

  test("finds an order by its customer, payment, refund and parcel (section 2)", async () => {
    const email = `ada-${randomUUID()}@example.com`;
    const order = await idem.completed({ customer: { email } });
    const refund = (await idem.refund(order, { amount: 10 })).json;
    const refunded = await waitFor("the refund", async () => {
      const { reference } = (await idem.acme.get(refund.links.self)).json;
      return reference as string | null;
    });
    const { payment, shipments } = await idem.read(order);
    const names = {
      email: email.toUpperCase(),
      payment: payment.reference,
      tracking: shipments[0].trackingNumber,
    };
    for (const [name, value] of [...Object.entries(names), ["refund", refund.id], ["refund", refunded]]) {
      expect({ [name]: ids((await list({ [name]: value })).items) }).toEqual({ [name]: [order.id] });
      expect((await list({ [name]: value }, idem.globex)).items).toEqual([]);
      expect((await list({ [name]: `${value}0` })).items).toEqual([]);
    }
    expect((await list({ email: email.slice(1) })).items).toEqual([]);
  });

  test("is sorted by creation or by change, in either direction, and by change after a time (section 2)", async () => {
    const { reference, orders } = await batch(3);
    const [first, second, third] = orders.map(({ id }) => id);
    const read = async (query: Record<string, string>) => {
      const pages: { id: string; updatedAt: string }[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const page: { items: typeof pages; nextCursor: string | null } = await list({
          ...{ reference, limit: "2", ...query },
          ...(cursor && { cursor }),
        });
        pages.push(...page.items);
        cursor = page.nextCursor;
      }
      return pages;
    };
    expect(ids(await read({ sort: "createdAt" }))).toEqual([first, second, third]);
    expect(ids(await read({ sort: "-createdAt" }))).toEqual([third, second, first]);
    await waitFor("a moment in which none of them changes", async () => {
      const byChange = await read({ sort: "updatedAt" });
      const later = await read({ updatedAfter: byChange[1]?.updatedAt ?? "" });
      const newestFirst = await read({ sort: "-updatedAt" });
      const times = byChange.map(({ updatedAt }) => updatedAt);
      expect(times).toEqual(times.toSorted());
      return (
        byChange.length === 3 &&
        isDeepStrictEqual(ids(later), ids(byChange.slice(1))) &&
        isDeepStrictEqual(ids(newestFirst), ids(byChange).reverse())
      );
    });
  });

  test("refuses the cursor of another sort (section 2)", async () => {
    const { reference } = await batch(2);
    const { nextCursor } = await list({ reference, limit: "1" });
    const other = await idem.acme.get(`/v1/orders?sort=updatedAt&cursor=${nextCursor}`);
    expect([other.status, other.problem]).toEqual([400, "invalid-parameter"]);
  });

  test("shows a tenant its own orders, whatever reference or cursor it brings (M17)", async () => {
    const { reference, orders } = await batch(2);
    const theirs = await idem.globex.post("/v1/orders", idem.order({ reference }));
    expect(ids((await list({ reference }, idem.globex)).items)).toEqual([theirs.json.id]);
    const { nextCursor } = await list({ reference, limit: "1" });
    const stolen = await idem.globex.get(`/v1/orders?limit=100&cursor=${nextCursor}`);
    expect(stolen.text).not.toContain(orders[0]?.id);
  });

  test.each([
    "limit=0",
    "limit=101",
    "limit=x",
    "limit=2&limit=3",
    "status=lost",
    "status=",
    "status=completed,",
    "status=completed,completed",
    "sort=price",
    "email=",
    "updatedAfter=yesterday",
    "updatedAfter=2026-01-01T00:00:00Z&sort=createdAt",
    "createdAfter=2026-01-01T00:00:00Z&sort=-updatedAt",
    "createdBefore=2026-01-01T00:00:00Z&updatedAfter=2026-01-01T00:00:00Z",
    "cursor=garbage",
    "createdAfter=yesterday",
    "createdBefore=0",
    "colour=red",
    "Limit=5",
  ])("with %s is refused (section 2)", async (query) => {
    const answer = await idem.acme.get(`/v1/orders?${query}`);
    expect([answer.status, answer.problem]).toEqual([400, "invalid-parameter"]);
  });
});

describe.concurrent("a timeline", () => {
  const open = (order: PlacedOrder, headers: Record<string, string> = {}) =>
    fetch(idem.base + order.path + "/events", {
      headers: { Authorization: `Bearer ${idem.acme.apiKey}`, Accept: "text/event-stream", ...headers },
    });
  async function read(response: Response): Promise<StreamedEvent[]> {
    const events: StreamedEvent[] = [];
    for await (const event of streamedEvents(response)) events.push(event);
    return events;
  }

  test("counts its facts 1, 2, 3, names them from the closed list and holds no personal data (section 2)", async () => {
    const order = await idem.completed();
    await waitFor(
      "the emails",
      async () => (await idem.eventTypes(order)).filter((type) => type === "email.sent").length === 2,
    );
    const items = await idem.events(order);
    expect(items.map(({ id }) => id)).toEqual(items.map((_, index) => index + 1));
    for (const item of items) {
      expect(Object.keys(item)).toEqual(["id", "type", "at", "actor", "data"]);
      expect(Object.keys(TIMELINE)).toContain(item.type);
    }
    const text = JSON.stringify(items);
    for (const secret of [order.body.customer.email, order.body.shipTo.line1, order.key])
      expect(text).not.toContain(secret);
  });

  test("is streamed from the first fact, or behind Last-Event-ID, and ends after the end (section 2)", async () => {
    const order = await idem.completed();
    await waitFor(
      "the emails",
      async () => (await idem.eventTypes(order)).filter((type) => type === "email.sent").length === 2,
    );
    const items = await idem.events(order);
    const response = await open(order);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const began = Date.now();
    const [all, behind] = await Promise.all([read(response), open(order, { "Last-Event-ID": "3" }).then(read)]);
    expect(Date.now() - began).toBeLessThan(9_000);
    expect(all.map(({ id, event, data }) => ({ id, event, data }))).toEqual(
      items.map((item) => ({ id: String(item.id), event: item.type, data: item })),
    );
    expect(behind.map(({ id }) => id)).toEqual(items.slice(3).map(({ id }) => String(id)));
  });

  test("is streamed live, each fact once, also to one who comes again (section 2)", async () => {
    const order = await idem.held();
    const first: string[] = [];
    for await (const { id, event } of streamedEvents(await open(order))) {
      first.push(id);
      if (event === "shipment.requested") break;
    }
    await idem.outside.release({ amount: order.body.total });
    const rest = await read(await open(order, { "Last-Event-ID": first.at(-1) ?? "" }));
    const seen = [...first, ...rest.map(({ id }) => id)];
    expect(seen).toEqual(seen.map((_, index) => String(index + 1)));
    expect(rest.map(({ event }) => event)).toContain("order.completed");
  });
});

describe.concurrent("stock", () => {
  test("is read as sums and by warehouse, and set as often as one likes (section 2, E2)", async () => {
    const sku = await idem.stockedSku(5);
    await idem.acme.put(`/v1/stock/${sku}`, { onHand: 7, warehouse: "north" });
    const again = await idem.acme.put(`/v1/stock/${sku}`, { onHand: 7, warehouse: "north" });
    const stock = {
      sku,
      onHand: 12,
      reserved: 0,
      available: 12,
      warehouses: [
        { warehouse: "main", onHand: 5, reserved: 0, available: 5 },
        { warehouse: "north", onHand: 7, reserved: 0, available: 7 },
      ],
    };
    expect([again.status, again.json]).toEqual([200, stock]);
    expect((await idem.acme.get(`/v1/stock/${sku}`)).json).toEqual(stock);
  });

  test("is reserved when confirmed, off the shelf when shipped, and back after a cancel (E2)", async () => {
    const sku = await idem.stockedSku(5);
    const order = await idem.held({ sku });
    expect(await idem.stock(sku)).toEqual({ onHand: 5, reserved: 1, available: 4 });
    await idem.outside.advance(order.id, "shipped");
    await idem.reaches(order, "shipped");
    expect(await idem.stock(sku)).toEqual({ onHand: 4, reserved: 0, available: 4 });
    const other = await idem.held({ sku });
    await idem.cancel(other);
    await idem.reaches(other, "cancelled");
    expect(await idem.stock(sku)).toEqual({ onHand: 4, reserved: 0, available: 4 });
  });

  test("cannot be set below what is reserved, but down to it (E2)", async () => {
    const sku = await idem.stockedSku(5);
    const line = { sku, quantity: 2, unitPrice: idem.amount() };
    await idem.held({ lines: [line], total: line.unitPrice * 2 });
    expect((await idem.acme.put(`/v1/stock/${sku}`, { onHand: 1 })).problem).toBe("stock-below-reserved");
    expect(await idem.stock(sku)).toEqual({ onHand: 5, reserved: 2, available: 3 });
    expect((await idem.acme.put(`/v1/stock/${sku}`, { onHand: 2 })).status).toBe(200);
  });

  test("moves once for each key, however often it comes, and answers the level after it byte for byte (E2, M6)", async () => {
    const sku = await idem.stockedSku(5);
    const path = `/v1/stock/${sku}/movements`;
    const [body, key] = [{ delta: 7, reason: "a delivery" }, randomUUID()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => idem.acme.post(path, body, { key })));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const level = { sku, warehouse: "main", onHand: 12, reserved: 0, available: 12 };
    expect(answers[0]?.json).toMatchObject({ ...level, delta: 7, reason: "a delivery" });
    const taken = await idem.acme.post(path, { delta: -12 });
    expect(taken.json).toMatchObject({ delta: -12, reason: null, onHand: 0, available: 0 });
    const late = await idem.acme.post(path, body, { key });
    expect([late.text, late.replayed]).toEqual([answers[0]?.text, true]);
    expect((await idem.acme.post(path, { delta: 8 }, { key })).problem).toBe("idempotency-key-reused");
    expect((await idem.globex.post(path, body, { key })).json).toMatchObject({ onHand: 7 });
    expect(await idem.stock(sku)).toEqual({ onHand: 0, reserved: 0, available: 0 });
  });

  test("all taken out under one key at one moment is taken once, and every repeat is told so (E2)", async () => {
    const sku = await idem.stockedSku(5);
    const key = randomUUID();
    const take = () => idem.acme.post(`/v1/stock/${sku}/movements`, { delta: -5 }, { key });
    const answers = await Promise.all(Array.from({ length: 20 }, take));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.json.onHand).toBe(0);
  });

  test("moves from many callers at one moment add up, and none takes what is reserved (E2, M16)", async () => {
    const sku = await idem.stockedSku(10);
    await idem.held({ sku });
    const take = () => idem.acme.post(`/v1/stock/${sku}/movements`, { delta: -1 });
    const answers = await Promise.all(Array.from({ length: 30 }, take));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(9);
    expect(answers.filter(({ problem }) => problem === "stock-below-reserved")).toHaveLength(21);
    expect(await idem.stock(sku)).toEqual({ onHand: 1, reserved: 1, available: 0 });
  });

  test("moves into a new warehouse, out of none that has nothing, and not beyond what can be counted (E2)", async () => {
    const sku = `SKU-${randomUUID()}`;
    const move = (delta: unknown, warehouse: string, key = randomUUID()) =>
      idem.acme.post(`/v1/stock/${sku}/movements`, { delta, warehouse }, { key });
    const key = randomUUID();
    expect((await move(-1, "north", key)).problem).toBe("stock-below-reserved");
    expect((await move(1, "north", key)).json).toMatchObject({ warehouse: "north", onHand: 1 });
    expect((await move(Number.MAX_SAFE_INTEGER, "north")).json).toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/delta" }],
    });
    for (const delta of [0, 1.5, "1", null]) expect((await move(delta, "north")).problem).toBe("invalid-request");
    expect((await idem.acme.post(`/v1/stock/${sku}/movements`, { delta: 1 }, { key: null })).problem).toBe(
      "idempotency-key-missing",
    );
    expect((await idem.operator.post(`/v1/stock/${sku}/movements`, { delta: 1 })).problem).toBe("forbidden");
    expect(await idem.stock(sku)).toEqual({ onHand: 1, reserved: 0, available: 1 });
  });

  test("is listed by SKU and its movements newest first, page by page, to both roles (section 2)", async () => {
    const { caller } = await keyInTheDatabase("initech", "merchant");
    const skus = Array.from({ length: 5 }, (_, index) => `LIST-${index}`);
    for (const sku of skus) await caller.put(`/v1/stock/${sku}`, { onHand: 3, warehouse: "north" });
    await caller.put("/v1/stock/LIST-2", { onHand: 4, warehouse: "south" });
    for (const delta of [1, 2, 3, -4, 5])
      await caller.post("/v1/stock/LIST-0/movements", { delta, warehouse: "north" });
    const all = async (path: string, reader: Caller) => {
      const items = [];
      for (let cursor: string | null = null; ;) {
        const page: Answer["json"] = (await reader.get(`${path}?limit=2${cursor === null ? "" : `&cursor=${cursor}`}`))
          .json;
        items.push(...page.items);
        cursor = page.nextCursor;
        if (cursor === null) return items;
      }
    };
    const { caller: operator } = await keyInTheDatabase("initech", "operator");
    const stock = await all("/v1/stock", operator);
    expect(stock.map(({ sku }) => sku)).toEqual(skus);
    expect(stock[2]).toEqual((await caller.get("/v1/stock/LIST-2")).json);
    const moved = await all("/v1/stock/LIST-0/movements", operator);
    expect(moved.map(({ delta, onHand }) => [delta, onHand])).toEqual([
      [5, 10],
      [-4, 5],
      [3, 9],
      [2, 6],
      [1, 4],
    ]);
    for (const query of ["cursor=x", "cursor=AAAA", "limit=0", "sku=LIST-0"])
      expect((await caller.get(`/v1/stock?${query}`)).problem).toBe("invalid-parameter");
    expect((await idem.globex.get("/v1/stock/LIST-0/movements")).json.items).toEqual([]);
  });

  test("of one unit confirms exactly one of 100 orders at one moment (E2, M16)", async () => {
    const sku = await idem.stockedSku(1);
    const orders = await Promise.all(Array.from({ length: 100 }, () => idem.place(idem.order({ sku }))));
    const resolved = await Promise.all(orders.map((order) => idem.reaches(order, "completed", "rejected")));
    expect(resolved.filter(({ status }) => status === "completed")).toHaveLength(1);
    const codes = resolved.filter(({ status }) => status === "rejected").map(({ failure }) => failure.code);
    expect(new Set(codes)).toEqual(new Set(["out_of_stock"]));
    expect(await idem.stock(sku)).toEqual({ onHand: 0, reserved: 0, available: 0 });
    const charged = await Promise.all(orders.map((order) => idem.outside.kinds(order.id)));
    expect(charged.filter((kinds) => kinds.length > 0)).toEqual([["authorization", "shipment", "capture"]]);
  });

  test("of an unknown SKU is unknown, and refuses what is no amount", async () => {
    expect((await idem.acme.get("/v1/stock/NEVER-1")).problem).toBe("not-found");
    for (const onHand of [-1, 1.5, "7", null]) {
      expect((await idem.acme.put("/v1/stock/NEVER-1", { onHand })).problem).toBe("invalid-request");
    }
    const order = await idem.place(idem.order({ sku: "NEVER-2" }));
    expect((await idem.reaches(order, "rejected")).failure).toMatchObject({
      code: "unknown_sku",
      reason: { code: "unknown_sku", message: "NEVER-2" },
    });
  });

  test("that lacks is named by its first SKU, in the failure and in the timeline (section 2)", async () => {
    const sku = await idem.stockedSku(1);
    const lines = ["MUG-1", sku, sku].map((one) => ({ sku: one, quantity: 1, unitPrice: 100 }));
    const order = await idem.place(idem.order({ lines, total: 300 }));
    expect((await idem.reaches(order, "rejected")).failure).toMatchObject({
      code: "out_of_stock",
      reason: { code: "out_of_stock", declineCode: null, message: sku, requestId: null },
    });
    const refused = (await idem.events(order)).find(({ type }) => type === "stock.refused");
    expect(refused?.data).toEqual({ reason: "out_of_stock", sku });
  });
});

async function keyInTheDatabase(
  tenant: string,
  role: string,
): Promise<{ caller: Caller; revoke: () => Promise<unknown> }> {
  const key = `key_${randomUUID()}`;
  const hash = createHash("sha256").update(key).digest();
  await idem.db.query("insert into api_keys (hash, tenant, role) values ($1, $2, $3)", [hash, tenant, role]);
  const revoke = () => idem.db.query("update api_keys set revoked_at = now() where hash = $1", [hash]);
  return { caller: new Caller(idem.base, key), revoke };
}

describe.concurrent("a credential", () => {
  test.each([null, "nobody-at-all", ""])("%j is none (K8)", async (apiKey) => {
    const caller = new Caller(idem.base, apiKey);
    for (const answer of [await caller.get("/v1/orders"), await caller.post("/v1/orders", idem.order())]) {
      expect([answer.status, answer.problem]).toEqual([401, "unauthorized"]);
    }
  });

  test("kept in the order database is worth as much as one of the environment, until it is revoked (K8)", async () => {
    const { caller, revoke } = await keyInTheDatabase("acme", "merchant");
    const [body, key] = [idem.order(), randomUUID()];
    const first = await caller.post("/v1/orders", body, { key });
    expect(first.status).toBe(202);
    await revoke();
    const again = await caller.post("/v1/orders", body, { key });
    expect([again.status, again.problem]).toEqual([401, "unauthorized"]);
    expect(again.text).not.toContain(first.json.id);
    const other = await idem.acme.post("/v1/orders", body, { key }); // the tenant's other key knows the order
    expect([other.status, other.replayed, other.text]).toEqual([202, true, first.text]);
  });

  test("names its tenant alone: headers and members that name another count for nothing (section 2)", async () => {
    const body = idem.order();
    const answer = await idem.acme.post("/v1/orders", body, { headers: { "X-Tenant-Id": "globex", Tenant: "globex" } });
    expect((await idem.globex.get(answer.json.links.self)).status).toBe(404);
    expect((await idem.acme.post("/v1/orders", { ...idem.order(), tenant: "globex" })).problem).toBe("invalid-request");
  });

  test("of a merchant neither decides nor resolves, and one of an operator neither orders nor sets stock (K8)", async () => {
    const order = await idem.place();
    const { caller: operator } = await keyInTheDatabase("acme", "operator");
    const answers = [
      await idem.decide(order, "approve", { as: idem.acme }),
      await idem.resolve(order, "retry", {}, { as: idem.acme }),
      await operator.post("/v1/orders", idem.order()),
      await operator.post("/v1/orders", order.body, { key: order.key }),
      await operator.put("/v1/stock/MUG-1", { onHand: 1 }),
    ];
    expect(answers.map(({ problem }) => problem)).toEqual(answers.map(() => "forbidden"));
    expect((await operator.get(order.path)).json.id).toBe(order.id);
    expect((await idem.cancel(order, {}, { as: operator })).status).toBe(200);
  });
});

describe.concurrent("an export", () => {
  const linesOf = async (caller: Caller, path: string): Promise<Answer["json"][]> => {
    const { status, text, header } = await caller.get(path);
    expect([status, header("Content-Type")]).toEqual([200, "application/x-ndjson"]);
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  /** All lines, as many at a time as `limit`, by the cursor of each last line. */
  const whole = async (caller: Caller, what: keyof typeof EXPORT_LINES, limit: number) => {
    const lines: Answer["json"][] = [];
    for (let after: string | null = ""; after !== null;) {
      const part: Answer["json"][] = await linesOf(
        caller,
        `/v1/export/${what}?limit=${limit}${after === "" ? "" : `&after=${after}`}`,
      );
      for (const line of part) expect(EXPORT_LINES[what].parse(line)).toEqual(line);
      const end = part.pop();
      expect(part.length).toBeLessThanOrEqual(limit);
      lines.push(...part);
      after = end.nextCursor;
    }
    return lines;
  };

  test("brings orders, timelines and ledgers whole and in one order, in parts of any size (section 2)", async () => {
    const { caller } = await keyInTheDatabase("hooli", "merchant");
    const { caller: operator } = await keyInTheDatabase("hooli", "operator");
    await caller.put("/v1/stock/MUG-1", { onHand: 10 });
    const placed: PlacedOrder[] = [];
    for (let index = 0; index < 30; index++)
      placed.push(await idem.place(idem.order({ sku: index % 10 === 0 ? "MUG-1" : "NONE-1" }), randomUUID(), caller));
    const read = async ({ path }: PlacedOrder) => (await caller.get(path)).json;
    const events = async ({ path }: PlacedOrder) => (await caller.get(`${path}/events`)).json.items;
    for (const order of placed)
      await waitFor("its end", async () => {
        const isSent = (await events(order)).filter(({ type }: { type: string }) => type === "email.sent").length === 2;
        const { status } = await read(order);
        return status === "rejected" || (status === "completed" && isSent);
      });
    const orders = await Promise.all(placed.map(read));
    expect(await whole(operator, "orders", 7)).toEqual(orders);
    expect(await whole(caller, "orders", 10_000)).toEqual(orders);
    const timelines = [];
    for (const order of placed)
      timelines.push(...(await events(order)).map((event: object) => ({ orderId: order.id, ...event })));
    expect(await whole(operator, "events", 11)).toEqual(timelines);
    expect(await whole(caller, "events", 1_000)).toEqual(timelines);
    const entries = await whole(operator, "ledger", 1);
    expect(await whole(caller, "ledger", 100)).toEqual(entries);
    const captured = entries.filter(({ to }) => to === "captured");
    expect(captured.map(({ orderId, amount, currency }) => ({ orderId, amount, currency }))).toEqual(
      orders
        .filter(({ status }) => status === "completed")
        .map(({ id, amounts, currency }) => ({ orderId: id, amount: amounts.captured, currency })),
    );
  });

  test("of a tenant that has nothing is its last line, and refuses what is no cursor (M17)", async () => {
    const { caller } = await keyInTheDatabase("pied-piper", "merchant");
    for (const what of ["orders", "events", "ledger"] as const)
      expect(await linesOf(caller, `/v1/export/${what}`)).toEqual([{ nextCursor: null }]);
    for (const query of ["after=x", `after=${"A".repeat(60)}`, "limit=0", "limit=10001", "cursor=x"])
      expect((await caller.get(`/v1/export/orders?${query}`)).problem).toBe("invalid-parameter");
    const headers = { Authorization: `Bearer ${caller.apiKey}` };
    const head = await fetch(`${idem.base}/v1/export/orders`, { method: "HEAD", headers });
    expect([head.status, head.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
  });
});

describe.concurrent("a tenant does not learn whether another tenant's order exists (M17)", () => {
  const unmarked = ({ text, json }: { text: string; json: { requestId: string } }) => text.replace(json.requestId, "*");

  test.each(["", "/events", "/refunds", `/refunds/ref_${"a".repeat(32)}`])("by reading it%s", async (path) => {
    const order = await idem.place();
    const foreign = await idem.globex.get(order.path + path);
    const unknown = await idem.globex.get(`/v1/orders/${UNKNOWN_ORDER}${path}`);
    expect([foreign.status, foreign.problem]).toEqual([404, "not-found"]);
    expect(unmarked(foreign)).toBe(unmarked(unknown));
  });

  test.each([
    ["cancel", {}],
    ["refunds", { amount: 1 }],
    ["refunds", { amount: "x" }],
  ])("by a %s of it with %j, which changes nothing", async (verb, body) => {
    const order = await idem.held();
    const foreign = await idem.globex.post(`${order.path}/${verb}`, body);
    const unknown = await idem.globex.post(`/v1/orders/${UNKNOWN_ORDER}/${verb}`, body);
    expect([foreign.status, foreign.problem]).toEqual([404, "not-found"]);
    expect(unmarked(foreign)).toBe(unmarked(unknown));
    expect((await idem.read(order)).status).toBe("confirmed");
  });

  test("by the stock of its SKU", async () => {
    const sku = await idem.stockedSku(1);
    expect((await idem.globex.get(`/v1/stock/${sku}`)).problem).toBe("not-found");
  });
});

describe.concurrent("a tenant that sends too much", () => {
  test("learns when to retry; no other tenant waits and no key is used up (K3, M16)", async () => {
    const { base } = await idem.anotherApi({ RATE_LIMIT: "2" });
    const [acme, globex] = [new Caller(base, idem.acme.apiKey), new Caller(base, idem.globex.apiKey)];
    const requests = Array.from({ length: 15 }, () => ({ body: idem.order(), key: randomUUID() }));
    const answers = await Promise.all(requests.map(({ body, key }) => acme.post("/v1/orders", body, { key })));
    const limited = answers.findIndex(({ status }) => status === 429);
    expect(answers[limited]?.problem).toBe("rate-limited");
    expect(Number(answers[limited]?.header("Retry-After"))).toBeGreaterThanOrEqual(1);
    expect(answers[limited]?.header("RateLimit-Policy")).toBe('"tenant";q=2;w=1');
    expect(answers[limited]?.header("RateLimit")).toMatch(/^"tenant";r=0;t=[1-9][0-9]*$/);
    expect((await globex.get("/v1/orders?limit=1")).status).toBe(200);
    const keyless = await Promise.all(requests.map(() => acme.post("/v1/orders", "{", { key: null })));
    expect(new Set(keyless.map(({ problem }) => problem))).toContain("rate-limited");
    const accepted = answers.find(({ status }) => status === 202);
    for (const name of ["X-RateLimit-Remaining", "RateLimit-Remaining", "RateLimit", "RateLimit-Policy"]) {
      expect(accepted?.header(name)).toBeNull();
    }
    const { body, key } = requests[limited] ?? { body: idem.order(), key: "" };
    const later = await idem.acme.post("/v1/orders", body, { key });
    expect([later.status, later.replayed]).toEqual([202, false]);
  });

  test.each([
    ["page of the usual length", 2, "/v1/orders", null, "/v1/orders?limit=10"],
    ["page of 40", 4, "/v1/orders?limit=40", null, "/v1/orders?limit=10"],
    ["body of 200 KiB", 4, "/v1/orders", " ".repeat(200 * 1024), "/v1/orders"],
  ])("has a %s counted as %i requests (K11)", async (_name, count, large, body, small) => {
    const { base } = await idem.anotherApi({ RATE_LIMIT: "7" });
    const seven = async ({ apiKey }: Caller, path: string, text: string | null) => {
      const caller = new Caller(base, apiKey);
      const sent = Array.from({ length: 7 }, () => (text === null ? caller.get(path) : caller.post(path, text)));
      return (await Promise.all(sent)).filter(({ problem }) => problem === "rate-limited").length;
    };
    expect(await seven(idem.globex, small, body && "{")).toBe(0);
    // They fall into two windows of a second at most.
    expect(await seven(idem.acme, large, body)).toBeGreaterThanOrEqual(7 - 2 * Math.floor(7 / count));
  });

  test("has one long page made after another, 25 of them waiting, while another tenant has its own (K11)", async () => {
    const { base } = await idem.anotherApi();
    const [acme, globex] = [new Caller(base, idem.acme.apiKey), new Caller(base, idem.globex.apiKey)];
    const statuses: number[] = [];
    const holder = await idem.db.connect();
    try {
      await holder.query("begin; lock table ledger_entries in access exclusive mode");
      const pages = Array.from({ length: 40 }, async () =>
        statuses.push((await acme.get("/v1/orders?limit=100")).status),
      );
      await waitFor("the refusals", () => Promise.resolve(statuses.length === 14));
      const theirs = globex.get("/v1/orders?limit=100");
      await holder.query("commit");
      expect((await theirs).status).toBe(200);
      await Promise.all(pages);
    } finally {
      holder.release(true);
    }
    expect(statuses).toEqual([...Array.from({ length: 14 }, () => 429), ...Array.from({ length: 26 }, () => 200)]);
  });

  test("is not the tenant of an address that sends unknown credentials: those alone are refused (K8, K11)", async () => {
    const { caller: kept } = await keyInTheDatabase("acme", "merchant");
    const { base } = await idem.anotherApi({ RATE_LIMIT: "5" });
    const stranger = new Caller(base, "key_of_nobody");
    const refused = await Promise.all(Array.from({ length: 20 }, () => stranger.get("/v1/orders?limit=1")));
    expect(new Set(refused.map(({ problem }) => problem))).toContain("unauthorized");
    const limited = await stranger.get("/v1/orders?limit=1");
    expect([limited.problem, limited.header("RateLimit-Policy")]).toEqual(["rate-limited", '"address";q=5;w=1']);
    // Neither was sent to this API before.
    for (const { apiKey } of [idem.acme, kept])
      expect((await new Caller(base, apiKey).get("/v1/orders?limit=1")).status).toBe(200);
  });
});

describe.concurrent("a tenant that opens too many streams", () => {
  test("has 100 of each API and then 429, while another's are open to it; the end of one frees its slot (K11, M16)", async () => {
    const { base } = await idem.anotherApi();
    const order = await idem.held();
    const theirs = (await idem.globex.post("/v1/orders", idem.order())).json.links.self;
    const streams: AbortController[] = [];
    const kept: Response[] = []; // Node closes the stream of a response that it collects
    const open = async (path: string, apiKey: string | null) => {
      const stream = new AbortController();
      streams.push(stream);
      const headers = { Authorization: `Bearer ${apiKey}`, Accept: "text/event-stream" };
      const response = await fetch(`${base}${path}/events`, { headers, signal: stream.signal });
      kept.push(response);
      return response.status;
    };
    try {
      const opened = await Promise.all(Array.from({ length: 100 }, () => open(order.path, idem.acme.apiKey)));
      expect(new Set(opened)).toEqual(new Set([200]));
      expect(await open(order.path, idem.acme.apiKey)).toBe(429);
      expect(await open(theirs, idem.globex.apiKey)).toBe(200);
      streams[0]?.abort();
      await waitFor("a slot", async () => (await open(order.path, idem.acme.apiKey)) === 200);
    } finally {
      for (const stream of streams) stream.abort();
    }
    expect(kept.length).toBe(streams.length);
  });
});

test("a HEAD of a stream holds none (K11)", async () => {
  const { base } = await idem.anotherApi();
  const order = await idem.completed();
  const headers = { Authorization: `Bearer ${idem.acme.apiKey}`, Accept: "text/event-stream" };
  for (let request = 0; request < 101; request++) {
    const head = await fetch(`${base}${order.path}/events`, { method: "HEAD", headers });
    expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  }
});

describe.concurrent("a tenant that waits too much", () => {
  test("has 100 requests waiting, and one more is acknowledged at once (K11, K6)", async () => {
    const { base } = await idem.anotherApi();
    const acme = new Caller(base, idem.acme.apiKey);
    const reference = randomUUID();
    const order = { ...idem.order({ method: "pm_card_authenticationRequired" }), reference };
    // None of them leaves `accepted` before all of them wait.
    const away = await idem.outside.fault("authorize", "fail-before", { amount: order.total, count: -1 });
    const prefer = { headers: { Prefer: "wait=8" } };
    let answered = 0;
    const wait = () => retryWhileUnavailable((key) => acme.post("/v1/orders", order, { ...prefer, key }));
    const waiting = Array.from({ length: 100 }, () => wait().finally(() => answered++));
    const accepted = "select count(*)::int as n from orders where reference = $1";
    await waitFor("100 waits", async () => (await idem.db.query(accepted, [reference])).rows[0]?.n === 100);
    const more = await acme.post("/v1/orders", order, prefer);
    expect([more.status, more.header("Preference-Applied"), answered]).toEqual([202, null, 0]);
    await idem.outside.heal(away);
    await Promise.all(waiting);
  });
});

test("a stream ends within 15 s of its key's revocation (K11)", async () => {
  const { caller, revoke } = await keyInTheDatabase("acme", "merchant");
  const order = await idem.held();
  const headers = { Authorization: `Bearer ${caller.apiKey}`, Accept: "text/event-stream" };
  const response = await fetch(`${idem.base}${order.path}/events`, { headers });
  expect(response.status).toBe(200);
  await revoke();
  const from = Date.now();
  for await (const chunk of response.body ?? []) void chunk;
  expect(Date.now() - from).toBeLessThan(15_000);
});

describe("after all of this", () => {
  const tables = async (): Promise<string[]> =>
    (await idem.db.query("select tablename from pg_tables where schemaname = 'public'")).rows.map(
      (row) => row.tablename,
    );
  const person = () => ({
    customer: { email: `eve-${randomUUID()}@example.com`, name: `Eve ${randomUUID()}`, phone: `+44 ${randomUUID()}` },
    shipTo: { line1: `7 Low St ${randomUUID()}`, city: `Leeds ${randomUUID()}`, country: "GB" },
  });
  const secretsOf = (order: PlacedOrder): string[] => [
    order.key,
    ...Object.values(order.body.customer),
    ...Object.values(order.body.shipTo).filter((text) => text.length > 2),
  ];

  /** One order that went well, one in trouble with everybody, one that was refused. */
  async function lives(): Promise<PlacedOrder[]> {
    const troubled = idem.order(person());
    await idem.outside.fault("mail", "fail-before", { to: troubled.customer.email });
    await idem.outside.fault("authorize", "fail-before", { amount: troubled.total });
    await idem.outside.fault("ship", "drop-before", { amount: troubled.total, count: 2 });
    await idem.outside.fault("capture", "decline", { amount: troubled.total });
    const orders = [
      await idem.completed(person()),
      await idem.place(troubled),
      await idem.place(idem.order({ ...person(), method: "pm_card_chargeDeclined" })),
    ];
    await Promise.all(orders.map((order) => idem.reaches(order, "completed", "rejected", "needs_attention")));
    return orders;
  }

  test("no key, address, name or tenant is in what the processes logged, and no key in the order database (K9)", async () => {
    const orders = await lives();
    await idem.acme.post("/v1/orders", `{"customer": "${orders[0]?.body.customer.email}"`);
    const keys = [idem.acme.apiKey, idem.globex.apiKey, idem.operator.apiKey].filter((key) => key !== null);
    const said = idem.api.output + idem.worker.output;
    expect(said).toContain(orders[0]?.id);
    for (const secret of [...keys, ...orders.flatMap(secretsOf), "acme", "globex"]) expect(said).not.toContain(secret);

    const everyTable = await tables();
    expect(everyTable).toContain("order_events");
    for (const table of everyTable) {
      const what = table === "orders" ? "(to_jsonb(t) - 'request_body')" : "to_jsonb(t)";
      const text = (await idem.db.query(`select ${what}::text as row from ${table} t`)).rows
        .map(({ row }) => row)
        .join("\n");
      for (const secret of [...keys, ...orders.flatMap(secretsOf)]) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(Buffer.from(secret).toString("hex"));
      }
    }
  });
});
