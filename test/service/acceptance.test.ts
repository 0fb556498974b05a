import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPool } from "../../src/database/pool.js";
import { acceptOrder } from "../../src/database/queries/accept-order.js";
import { fingerprintOf } from "../../src/idempotency/fingerprint.js";
import { idFromKey } from "../../src/idempotency/derived-ids.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { type Answer, Caller } from "../rig/caller.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";
import { sendRaw } from "../rig/raw-http.js";

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(0);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

const UNKNOWN_ORDER = `ord_${"a".repeat(32)}`;
const submit = (body: unknown, key: string | null = randomUUID(), headers: Record<string, string> = {}) =>
  idem.acme.post("/v1/orders", body, { key, headers });
const refused = ({ status, problem }: Answer) => [status, problem];
const ordersNamed = async (reference: string) => (await idem.acme.get(`/v1/orders?reference=${reference}`)).json.items;

const shown = ({ status, text, replayed, header }: Answer) => ({
  status,
  text,
  replayed,
  location: header("Location"),
});
/** What every repeat is answered: status, bytes and Location of the first answer, and the mark. */
const replayOf = (first: Answer) => ({ ...shown(first), status: 202, replayed: true });

describe.concurrent("acceptance", () => {
  test("makes one order, one charge, one email of a kind and one shipment of the same intention sent twice (M1)", async () => {
    const order = await idem.place();
    expect(shown(await submit(order.body, order.key))).toEqual(replayOf(order.answer));
    await idem.reaches(order, "completed");
    expect(shown(await submit(order.body, order.key))).toEqual(replayOf(order.answer));
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "capture"]);
    expect(await idem.mailed(order, 2)).toEqual(["confirmation", "shipped"]);
    expect(await ordersNamed(order.body.reference)).toHaveLength(1);
  });

  test("is acknowledged by id, time and links and nothing else (K6, M4)", async () => {
    const { answer, id } = await idem.place();
    expect(id).toMatch(/^ord_[a-z2-7]{32}$/);
    expect(answer.json).toEqual({
      id,
      status: "accepted",
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      links: { self: `/v1/orders/${id}`, events: `/v1/orders/${id}/events` },
    });
    expect(answer.header("Location")).toBe(`/v1/orders/${id}`);
    expect(answer.header("Cache-Control")).toBe("no-store");
    expect(answer.header("X-Request-Id")).toBeTruthy();
  });

  test("makes one order of 30 identical requests at one moment (M1, M16)", async () => {
    const [body, key] = [idem.order(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 30 }, () => submit(body, key)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const [order] = await ordersNamed(body.reference);
    await waitFor("the authorization", async () => (await idem.outside.kinds(order.id)).includes("authorization"));
    expect(await idem.outside.ledger(order.id, "authorization")).toHaveLength(1);
  });

  test("of a unique reference takes one of 20 orders under 20 keys at one moment, and names it to the others (section 2)", async () => {
    const body = idem.order({ uniqueReference: true });
    const keys = Array.from({ length: 20 }, () => randomUUID());
    const answers = await Promise.all(keys.map((key) => submit(body, key)));
    const [order, ...others] = await ordersNamed(body.reference);
    expect(others).toEqual([]);
    const taken = answers.findIndex(({ status }) => status === 202);
    expect(answers.flatMap(({ status }) => (status === 202 ? [status] : []))).toEqual([202]);
    const [refusal] = answers.filter((_, index) => index !== taken);
    expect(answers.filter(({ problem }) => problem === "reference-in-use")).toHaveLength(19);
    expect(refusal?.json.links).toEqual({ order: order.links.self });
    expect(refusal?.header("Link")).toBe(`<${order.links.self}>; rel="related"`);
    expect(shown(await submit(body, keys[taken]))).toMatchObject({ status: 202, replayed: true });
    expect((await submit({ ...body, uniqueReference: false }, keys[taken])).problem).toBe("idempotency-key-reused");
  });

  test("of a unique reference repeated 20 times at one moment replays the first answer (K6)", async () => {
    const [body, key] = [idem.order({ uniqueReference: true }), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(body, key)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  test("of a unique reference waits until the order that has it is cancelled or rejected", async () => {
    const reference = `ref-${randomUUID()}`;
    const unique = (more: object = {}) => idem.order({ reference, uniqueReference: true, ...more });
    const first = await idem.place(idem.order({ reference, method: "pm_card_authenticationRequired" }));
    const key = randomUUID();
    const next = unique();
    expect((await submit(next, key)).problem).toBe("reference-in-use");
    expect((await idem.globex.post("/v1/orders", next, { key })).status).toBe(202);
    await idem.cancel(first);
    await idem.reaches(first, "cancelled");
    const second = await idem.place(unique({ method: "pm_card_chargeDeclined" }), key);
    await idem.reaches(second, "rejected");
    const third = await idem.place(unique());
    await idem.reaches(third, "completed");
    expect((await submit(unique())).json).toMatchObject({ code: "reference-in-use", links: { order: third.path } });
    expect(shown(await submit(second.body, key))).toEqual(replayOf(second.answer));
    await idem.place(idem.order({ reference }));
  });

  test("of two bodies under one key at one moment takes one, with all its repeats (M3, M16)", async () => {
    const [one, other, key] = [idem.order(), idem.order(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => submit(index % 2 ? one : other, key)));
    const won = answers.filter(({ status }) => status === 202);
    expect(won).toHaveLength(10);
    expect(won.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(answers.filter(({ problem }) => problem === "idempotency-key-reused")).toHaveLength(10);
    const orders = [...(await ordersNamed(one.reference)), ...(await ordersNamed(other.reference))];
    expect(orders).toHaveLength(1);
  });

  test("answers each of many keys at one moment by its own order (K6)", async () => {
    const orders = await Promise.all(Array.from({ length: 10 }, () => idem.place()));
    const answers = await Promise.all(
      orders.flatMap(({ body, key }) => [submit(body, key), submit({ ...body, reference: randomUUID() }, key)]),
    );
    expect(answers.map((answer) => (answer.status === 202 ? shown(answer) : refused(answer)))).toEqual(
      orders.flatMap(({ answer }) => [replayOf(answer), [409, "idempotency-key-reused"]]),
    );
  });

  test("asks the card once for a decline, however often the key comes; a new key is a new attempt (K7)", async () => {
    const order = await idem.place(idem.order({ method: "pm_card_visa_chargeDeclined" }));
    await idem.reaches(order, "rejected");
    const tried = (await idem.calls(order)).length;
    expect(shown(await submit(order.body, order.key))).toEqual(replayOf(order.answer));
    await stays("the number of calls", async () => (await idem.calls(order)).length === tried);
    expect((await idem.place(order.body)).id).not.toBe(order.id);
  });

  test("keeps the same key of two tenants apart (K9, M17)", async () => {
    const [body, key] = [idem.order(), randomUUID()];
    const [ours, theirs] = await Promise.all([submit(body, key), idem.globex.post("/v1/orders", body, { key })]);
    expect([ours.status, theirs.status]).toEqual([202, 202]);
    expect(ours.json.id).not.toBe(theirs.json.id);
  });
});

describe.concurrent("the key", () => {
  test.each(["", "   "])("%j counts as missing and the answer shows where help is (K1)", async (key) => {
    const answer = await submit(idem.order(), null, { "Idempotency-Key": key });
    expect(refused(answer)).toEqual([400, "idempotency-key-missing"]);
    expect(answer.header("Link")).toBe('</problems/idempotency-key-missing>; rel="help"');
  });

  test.each(["cancel", "refunds", "decision", "resolution"])("is asked for by %s (K1, M6)", async (verb) => {
    const order = await idem.place();
    const caller = verb === "decision" || verb === "resolution" ? idem.operator : idem.acme;
    expect(refused(await caller.post(`${order.path}/${verb}`, {}, { key: null }))).toEqual([
      400,
      "idempotency-key-missing",
    ]);
  });

  test.each([
    ["short", "short"],
    ["an unset variable", "undefined"],
    ["an object that was printed", "[object Object]"],
    ["never closed", '"never closed'],
    ["with a space", "two words here"],
    ["too long", "x".repeat(256)],
  ])("that is %s is refused, and ignored where no key is asked for (K1, K2)", async (_name, key) => {
    expect(refused(await submit(idem.order(), key))).toEqual([400, "idempotency-key-invalid"]);
    expect((await idem.acme.get("/v1/orders?limit=1", { "Idempotency-Key": key })).status).toBe(200);
  });

  test("in two header lines is refused, equal or not (K2)", async () => {
    const key = randomUUID();
    for (const keys of [
      [key, key],
      [key, randomUUID()],
    ]) {
      const headers = { Authorization: `Bearer ${idem.acme.apiKey}`, "Content-Type": "application/json" };
      const body = Buffer.from(JSON.stringify(idem.order()));
      const answer = await sendRaw(`${idem.base}/v1/orders`, { ...headers, "Idempotency-Key": keys }, body);
      expect([answer.status, answer.problem]).toEqual([400, "idempotency-key-invalid"]);
    }
  });

  test("is the same bare, quoted and with parameters, and another in another case (K2)", async () => {
    const [body, key] = [idem.order(), `Key-${randomUUID()}`];
    const first = await submit(body, `"${key}"`);
    expect(shown(await submit(body, key))).toEqual(replayOf(first));
    expect(shown(await submit(body, `"${key}"; attempt=2`))).toEqual(replayOf(first));
    expect((await submit(body, key.toLowerCase())).json.id).not.toBe(first.json.id);
  });

  test("stays free after everything that was refused before acceptance (K3)", async () => {
    const [body, key] = [idem.order(), randomUUID()];
    const stranger = new Caller(idem.base, "an-unknown-key");
    expect((await stranger.post("/v1/orders", body, { key })).status).toBe(401);
    expect((await idem.operator.post("/v1/orders", body, { key })).status).toBe(403);
    expect((await submit(body, key, { "Content-Type": "text/plain" })).status).toBe(415);
    expect((await submit("{", key)).status).toBe(400);
    expect((await submit({ ...body, total: 1 }, key)).status).toBe(422);
    const accepted = await submit(body, key);
    expect([accepted.status, accepted.replayed]).toEqual([202, false]);
  });
});

describe.concurrent("a request is judged in this order (K3):", () => {
  const broken = { "Content-Type": "text/plain" };

  test("credential, role, key, media type, size, JSON, parent order, schema", async () => {
    const stranger = new Caller(idem.base, "an-unknown-key");
    const nowhere = `/v1/orders/${UNKNOWN_ORDER}/refunds`;
    const large = `{"note":"${"x".repeat(257 * 1024)}"`;
    const order = await idem.place();
    const answers = [
      await stranger.post("/v1/orders", "{", { key: "short", headers: broken }),
      await idem.operator.post("/v1/orders", "{", { key: "short", headers: broken }),
      await submit("{", null, broken),
      await submit("{", "short", broken),
      await submit(large, randomUUID(), broken),
      await submit(large),
      await submit("{"),
      await idem.acme.post(nowhere, "{"),
      await idem.acme.post(nowhere, { amount: "x" }),
      await idem.acme.post(`${order.path}/refunds`, { amount: "x" }),
    ];
    expect(answers.map(({ problem }) => problem)).toEqual([
      "unauthorized",
      "forbidden",
      "idempotency-key-missing",
      "idempotency-key-invalid",
      "unsupported-media-type",
      "payload-too-large",
      "malformed-json",
      "malformed-json",
      "not-found",
      "invalid-request",
    ]);
  });

  test("the look-up by key before validation, and that before the order's state", async () => {
    const order = await idem.completed();
    const key = randomUUID();
    expect((await idem.refund(order, { amount: 10 }, { key })).status).toBe(202);
    expect(refused(await idem.refund(order, { amount: -1 }, { key }))).toEqual([409, "idempotency-key-reused"]);
    expect(refused(await idem.refund(order, { amount: -1 }))).toEqual([422, "invalid-request"]);
    expect(refused(await idem.cancel(order, { reason: 7 }))).toEqual([422, "invalid-request"]);
    expect(refused(await idem.cancel(order))).toEqual([409, "order-not-cancellable"]);
  });

  test("a command that the state refused leaves its key free for another body", async () => {
    const order = await idem.completed();
    const key = randomUUID();
    for (const reason of ["one", "two"]) {
      expect(refused(await idem.cancel(order, { reason }, { key }))).toEqual([409, "order-not-cancellable"]);
    }
    expect(refused(await idem.refund(order, { amount: order.body.total + 1 }, { key }))).toEqual([
      409,
      "refund-exceeds-captured",
    ]);
    const accepted = await idem.refund(order, { amount: 10 }, { key });
    expect([accepted.status, accepted.replayed]).toEqual([202, false]);
  });

  test("a body that today's schema refuses is replayed when it was accepted once", async () => {
    const [key, body] = [randomUUID(), { form: "of an older schema" }];
    const scope = { tenant: "globex", operation: "place-order", parentId: null } as const;
    const place = (sent: unknown, under: string) => idem.globex.post("/v1/orders", sent, { key: under });
    const pool = createPool(idem.env["DATABASE_URL"] ?? "", 1);
    const { accepted } = await acceptOrder(pool, {
      id: idFromKey(scope, key),
      tenant: "globex",
      fingerprint: fingerprintOf(scope, key, body),
      raw: Buffer.from(JSON.stringify(body)),
      reference: null,
      email: "ada@example.com",
      currency: "EUR",
      total: 0,
      keyId: null,
      policy: (await idem.db.query("select policy from orders limit 1")).rows[0].policy,
    });
    await pool.close();
    const answer = await place(body, key);
    expect([answer.status, answer.replayed, answer.json.id]).toEqual([202, true, accepted.id]);
    expect(refused(await place({ ...body, more: 1 }, key))).toEqual([409, "idempotency-key-reused"]);
    expect(refused(await place(body, randomUUID()))).toEqual([422, "invalid-request"]);
  });
});

describe.concurrent("a body", () => {
  test.each<[string, (text: string) => string | Buffer]>([
    ["that is empty", () => ""],
    ["that goes on behind its end", (text) => `${text}{}`],
    ["with a byte order mark", (text) => `\uFEFF${text}`],
    ["with a member twice", (text) => text.replace('"currency"', '"currency":"EUR","currency"')],
    ["with an integer beyond 2^53-1", (text) => text.replace(/"total":\d+/, '"total":9007199254740993')],
    ["with a number that overflows", (text) => text.replace('"quantity":1', '"quantity":1e400')],
    ["with a lone surrogate", (text) => text.replace("Ada", "A\\ud800da")],
    ["that is no UTF-8", (text) => Buffer.from(text.replace("Ada", "\u00e9"), "latin1")],
    ["nested too deep", (text) => text.replace('"Ada"', "[".repeat(40) + "]".repeat(40))],
  ])("%s is refused as malformed-json (K3)", async (_name, change) => {
    const body = change(JSON.stringify(idem.order()));
    const headers = {
      Authorization: `Bearer ${idem.acme.apiKey}`,
      "Content-Type": "application/json",
      "Idempotency-Key": randomUUID(),
    };
    const answer = await sendRaw(`${idem.base}/v1/orders`, headers, Buffer.from(body));
    expect([answer.status, answer.problem]).toEqual([400, "malformed-json"]);
  });

  test.each([true, false])("above 256 KiB is refused, in chunks: %s (K3)", async (chunked) => {
    const body = Buffer.from(JSON.stringify(idem.order({ metadata: { k: "x".repeat(257 * 1024) } })));
    const headers = {
      Authorization: `Bearer ${idem.acme.apiKey}`,
      "Content-Type": "application/json",
      "Idempotency-Key": randomUUID(),
    };
    const answer = await sendRaw(`${idem.base}/v1/orders`, headers, body, { chunked });
    expect([answer.status, answer.problem]).toEqual([413, "payload-too-large"]);
  });

  test("with 21 faults reports 20 of them, each by its pointer (section 7)", async () => {
    const body = idem.order({ lines: Array.from({ length: 21 }, () => ({ sku: "", quantity: 1, unitPrice: 1 })) });
    const answer = await submit(body);
    expect(refused(answer)).toEqual([422, "invalid-request"]);
    expect(answer.json.errors).toHaveLength(20);
    expect(answer.json.errors[0]).toEqual({ pointer: "/lines/0/sku", message: expect.any(String) });
  });

  test("is the same request in another order, spacing and spelling (K4)", async () => {
    const order = await idem.place();
    const { body } = order;
    const turned = Object.fromEntries(Object.entries(body).reverse());
    const text = JSON.stringify(body);
    for (const same of [
      turned,
      JSON.stringify(body, null, 3),
      text.replace("Ada", "\\u0041d\\u0061"),
      text.replace(/"total":(\d+)/, '"total":$1.0'),
      text.replace('"quantity":1', '"quantity":1e0'),
    ]) {
      expect(shown(await submit(same, order.key))).toEqual(replayOf(order.answer));
    }
  });

  test("is another request when a line moves, a member is null, empty, added or composed otherwise (K4, K5)", async () => {
    const line = { sku: "MUG-1", quantity: 1, unitPrice: 1000 };
    const lines = [line, { ...line, unitPrice: 2000 }];
    const customer = { email: "zoe@example.com", name: "Zo\u00eb" };
    const order = await idem.place(idem.order({ lines, total: 3000, customer }));
    const { body } = order;
    for (const other of [
      { ...body, lines: [...lines].reverse() },
      { ...body, metadata: null },
      { ...body, metadata: {} },
      { ...body, extra: 1 },
      { ...body, currency: "USD" },
      { ...body, total: 3001 },
      { ...body, payment: { method: "pm_card_mastercard" } },
      { ...body, customer: { ...customer, name: customer.name.normalize("NFD") } },
    ]) {
      const answer = await submit(other, order.key);
      expect(refused(answer)).toEqual([409, "idempotency-key-reused"]);
      for (const secret of [order.id, body.reference, order.key]) expect(answer.text).not.toContain(secret);
    }
    expect(shown(await submit(body, order.key))).toEqual(replayOf(order.answer));
  });

  test("spelt otherwise and sent at one moment is one request (K4, M1)", async () => {
    const [text, key] = [JSON.stringify(idem.order()), randomUUID()];
    const spellings = [
      text,
      text.replace('"quantity":1', '"quantity":1.0'),
      ` ${text}`,
      text.replace("Ada", "\\u0041da"),
    ];
    const answers = await Promise.all(spellings.map((spelling) => submit(spelling, key)));
    expect(new Set(answers.map(({ text: bytes }) => bytes)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });
});

const runOf = ({ id }: PlacedOrder) => idem.client.workflow.getHandle(`order/${id}`);

describe.concurrent("a repeat is attached to the one run", () => {
  /** What a repeat and a mismatch are answered, and how many orders there are after them; neither calls anybody. */
  async function asked(order: PlacedOrder) {
    const before = (await idem.calls(order)).length;
    const repeat = shown(await submit(order.body, order.key));
    const mismatch = refused(await submit({ ...order.body, reference: "other" }, order.key));
    await stays("the number of calls", async () => (await idem.calls(order)).length === before);
    return { repeat, mismatch, orders: (await ordersNamed(order.body.reference)).length };
  }
  const attached = ({ answer }: PlacedOrder) => ({
    repeat: replayOf(answer),
    mismatch: [409, "idempotency-key-reused"],
    orders: 1,
  });
  test("after the order was rejected (K6)", async () => {
    const order = await idem.place(idem.order({ sku: await idem.stockedSku(0) }));
    await idem.reaches(order, "rejected");
    expect(await asked(order)).toEqual(attached(order));
  });

  test("after the order was cancelled (K6)", async () => {
    const order = await idem.held();
    await idem.cancel(order);
    await idem.reaches(order, "cancelled");
    expect(await asked(order)).toEqual(attached(order));
  });

  test("after its run was terminated by hand; its event then needs an operator, who lets it go on (K6, M12)", async () => {
    const order = await idem.held();
    await runOf(order).terminate();
    expect(await asked(order)).toEqual(attached(order));
    await idem.outside.advance(order.id, "shipped");
    const { attention } = await idem.reaches(order, "needs_attention");
    expect([attention.cause, attention.amount]).toEqual(["run_ended", order.body.total]);
    await idem.resolve(order, "retry");
    await idem.outside.advance(order.id, "delivered");
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "capture"]);
  });

  test("after Temporal has deleted it; its event then goes on where it stood (K6, M12)", async () => {
    const order = await idem.held();
    const { namespace } = idem.client.options;
    const workflowExecution = { workflowId: runOf(order).workflowId };
    await idem.client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
    const gone = async () => (await idem.runStatus(workflowExecution.workflowId)) === null;
    await waitFor("the history to be gone", gone); // the server deletes in its own time
    expect(await asked(order)).toEqual(attached(order));
    await idem.outside.release({ amount: order.body.total });
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "capture"]);
    expect(await idem.mailed(order, 2)).toEqual(["confirmation", "shipped"]);
    expect(await asked(order)).toEqual(attached(order));
  }, 120_000);

  test("after its run was reset to its beginning, and nothing is done twice (K6, M11)", async () => {
    const order = await idem.completed();
    const handle = runOf(order);
    await handle.result();
    const before = await idem.outside.ledger(order.id);
    const { namespace } = idem.client.options;
    const events = (await handle.fetchHistory()).events ?? [];
    const firstTask = events.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId ?? null;
    const { runId } = await idem.client.workflowService.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: handle.workflowId, runId: (await handle.describe()).runId },
      workflowTaskFinishEventId: firstTask,
      requestId: randomUUID(),
      reason: "the test says so",
    });
    await idem.client.workflow.getHandle(handle.workflowId, runId).result();
    expect(await asked(order)).toEqual(attached(order));
    expect(await idem.outside.ledger(order.id)).toEqual(before);
    expect((await idem.mailKinds(order)).length).toBe(2);
  });
});

describe.concurrent("Prefer: wait", () => {
  const waiting = (body: unknown, key: string, prefer: string) => submit(body, key, { Prefer: prefer });

  test("answers the order once it has left accepted, to a first request and to a repeat", async () => {
    const [body, key] = [idem.order(), randomUUID()];
    const first = await waiting(body, key, "wait=20");
    expect([first.status, first.replayed, first.header("Preference-Applied")]).toEqual([200, false, "wait=20"]);
    expect(first.json.status).not.toBe("accepted");
    const again = await waiting(body, key, "wait=5");
    expect([again.status, again.replayed, again.json.id]).toEqual([200, true, first.json.id]);
  });

  test("answers the acknowledgement when the time is up, and its repeat", async () => {
    const [body, key] = [idem.order(), randomUUID()];
    await idem.outside.fault("authorize", "silent", { amount: body.total, count: 3 });
    const first = await waiting(body, key, "wait=1");
    expect([first.status, first.header("Preference-Applied")]).toEqual([202, null]);
    expect(shown(await submit(body, key))).toEqual(replayOf(first));
  });

  test.each(["wait=0", "wait=31", "wait=soon", "respond-async"])("%s is ignored", async (prefer) => {
    const answer = await waiting(idem.order(), randomUUID(), prefer);
    expect([answer.status, answer.header("Preference-Applied")]).toEqual([202, null]);
  });

  test("stops nothing when the caller hangs up", async () => {
    const [body, key] = [idem.order(), randomUUID()];
    const away = await idem.outside.fault("authorize", "fail-before", { amount: body.total, count: -1 });
    const hangUp = new AbortController();
    const call = fetch(`${idem.base}/v1/orders`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${idem.acme.apiKey}`,
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        Prefer: "wait=20",
      },
      body: JSON.stringify(body),
      signal: hangUp.signal,
    });
    await waitFor("the order", async () => (await ordersNamed(body.reference)).length);
    hangUp.abort();
    await expect(call).rejects.toThrow("aborted");
    await idem.outside.heal(away);
    const again = await submit(body, key);
    expect([again.status, again.replayed]).toEqual([202, true]);
    await waitFor("its end", async () => (await ordersNamed(body.reference))[0].status === "completed");
  });
});

describe("while something is away", () => {
  const confirmedOnce = async (order: PlacedOrder) => {
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "capture"]);
  };

  test("PostgreSQL: 503 with Retry-After within 5 s, and the same key then makes one order (K10)", async () => {
    const [body, key] = [idem.order(), randomUUID()];
    idem.proxies.postgres.cut();
    const began = performance.now();
    const answer = await submit(body, key).finally(() => idem.proxies.postgres.mend());
    expect(performance.now() - began).toBeLessThan(5_500);
    expect(refused(answer)).toEqual([503, "unavailable"]);
    expect(Number(answer.header("Retry-After"))).toBeGreaterThan(0);
    const again = await waitFor("the same key to be taken", async () => {
      const next = await submit(body, key);
      return next.status === 202 ? next : null;
    });
    const order = { id: again.json.id, path: again.json.links.self, key, body, answer: again };
    await confirmedOnce(order);
    expect(await ordersNamed(body.reference)).toHaveLength(1);
  });

  test("each connection to PostgreSQL ends again and again: no process ends with it and every order is carried out (K10)", async () => {
    const orders = Promise.all(Array.from({ length: 30 }, () => idem.place()));
    const ended = new Set<number>();
    for (let round = 0; round < 40; round++) {
      const { rows } = await idem.db.query<{ pid: number }>(
        `select pid, pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'idem%'`,
      );
      for (const { pid } of rows) ended.add(pid);
      await pause(50);
    }
    expect(ended.size).toBeGreaterThan(40);
    for (const order of await orders) await idem.reaches(order, "completed");
    expect([idem.api.running, idem.worker.running]).toEqual([true, true]);
  });

  test("PostgreSQL freezes while orders are in progress: each request is 503 in time, no process ends, and every order goes on by itself (K10)", async () => {
    const orders = await Promise.all(Array.from({ length: 10 }, () => idem.place()));
    const [body, key] = [idem.order(), randomUUID()];
    idem.proxies.postgres.cut();
    try {
      // Longer than every time-out of a statement and of a connection.
      for (let round = 0; round < 3; round++) {
        const began = performance.now();
        const answers = await Promise.all([submit(body, key), idem.acme.get(orders[0]?.path ?? ""), submit(body, key)]);
        expect(performance.now() - began).toBeLessThan(6_000);
        expect(answers.map(refused)).toEqual(answers.map(() => [503, "unavailable"]));
        expect(Number(answers[0]?.header("Retry-After"))).toBeGreaterThan(0);
      }
    } finally {
      idem.proxies.postgres.mend();
    }
    expect([idem.api.running, idem.worker.running]).toEqual([true, true]);
    for (const order of orders) await confirmedOnce(order);
    const again = await waitFor("the same key to be taken", async () => {
      const next = await submit(body, key);
      return next.status === 202 ? next : null;
    });
    await confirmedOnce({ id: again.json.id, path: again.json.links.self, key, body, answer: again });
    expect(await ordersNamed(body.reference)).toHaveLength(1);
  });

  test("Temporal: still accepted, once; refused on mismatch, shown, cancelled; runs start by themselves (K10, M5, M10)", async () => {
    idem.proxies.temporal.cut();
    const order = await idem.place();
    const cancelled = await idem.place();
    expect(shown(await submit(order.body, order.key))).toEqual(replayOf(order.answer));
    expect(refused(await submit({ ...order.body, reference: "x" }, order.key))).toEqual([
      409,
      "idempotency-key-reused",
    ]);
    expect((await idem.read(order)).status).toBe("accepted");
    expect((await idem.cancel(cancelled)).json.status).toBe("cancelling");
    idem.proxies.temporal.mend();
    const back = performance.now();
    await waitFor("the run", async () => (await idem.outside.kinds(order.id)).includes("authorization"), 12_000);
    expect(performance.now() - back).toBeLessThan(10_500);
    await confirmedOnce(order);
    await idem.reaches(cancelled, "cancelled");
    expect(await idem.calls(cancelled)).toEqual([]);
  });

  test("every worker: accepted, repeated, shown and cancelled, and carried out when one is back (K6, M5, E7)", async () => {
    await idem.worker.stop();
    const order = await idem.place();
    const sku = await idem.stockedSku(3);
    const cancelled = await idem.place(idem.order({ sku }));
    const key = randomUUID();
    const first = await idem.cancel(cancelled, { reason: "too late" }, { key });
    expect([first.status, first.json.status, first.replayed]).toEqual([200, "cancelling", false]);
    const again = await idem.cancel(cancelled, { reason: "too late" }, { key });
    expect([again.status, again.json.status, again.replayed]).toEqual([200, "cancelling", true]);
    expect(refused(await idem.cancel(cancelled, { reason: "other" }, { key }))).toEqual([
      409,
      "idempotency-key-reused",
    ]);
    expect(shown(await submit(order.body, order.key))).toEqual(replayOf(order.answer));
    expect((await idem.read(order)).status).toBe("accepted");
    expect(await idem.eventTypes(order)).toEqual(["order.accepted"]);
    await waitFor("the run to be seen", async () => (await idem.runStatus(`order/${order.id}`)) === "RUNNING");
    expect(await idem.calls(order)).toEqual([]);
    await idem.worker.start();
    await confirmedOnce(order);
    await idem.reaches(cancelled, "cancelled");
    expect(await idem.calls(cancelled)).toEqual([]);
    expect(await idem.stock(sku)).toEqual({ onHand: 3, reserved: 0, available: 3 });
  });

  test("every API: a repeat is replayed byte for byte when one is back (K6, M2)", async () => {
    const order = await idem.place();
    await idem.api.kill();
    await idem.api.start();
    expect(shown(await submit(order.body, order.key))).toEqual(replayOf(order.answer));
    await confirmedOnce(order);
  });

  test("an API that stops: who waits is answered and keeps no connection that would keep it from ending", async () => {
    const { base, process } = await idem.anotherApi();
    const body = idem.order();
    await idem.worker.stop(); // so that the order comes to nothing meanwhile
    const caller = new Caller(base, idem.acme.apiKey);
    const answer = caller.post("/v1/orders", body, { headers: { Prefer: "wait=10" } });
    await waitFor("the order", async () => (await ordersNamed(body.reference)).length === 1);
    const began = performance.now();
    await process.stop();
    expect(performance.now() - began).toBeLessThan(8_000);
    expect((await answer).status).toBe(202);
    await idem.worker.start();
  });
});
