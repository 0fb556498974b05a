import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { TestApp } from "../rig/test-app.js";
import { Visitor } from "../rig/visitor.js";
import { waitFor } from "../rig/wait-for.js";

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(31);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

/** A person with a session of these keys. */
async function visitor(...keys: (string | null)[]): Promise<Visitor> {
  const person = new Visitor(idem.base);
  for (const key of keys) await person.signIn(key ?? "");
  return person;
}
const both = () => visitor(idem.operator.apiKey, idem.acme.apiKey);

async function madeKey(role: string): Promise<{ id: string; key: string }> {
  const person = await visitor(idem.operator.apiKey);
  const form = await person.form("/console/keys", "/console/keys");
  const made = await person.send(form, { name: `${role} ${randomUUID()}`, role });
  const key = /<pre>(idem_[\w-]{32})<\/pre>/.exec(made.text)?.[1] ?? "";
  const { rows } = await idem.db.query(
    "select left(encode(hash, 'hex'), 12) as id from api_keys where hash = sha256($1)",
    [Buffer.from(key)],
  );
  return { id: rows[0].id, key };
}

describe.concurrent("a session", () => {
  test("begins with a key that counts and with no other, in cookies that scripts and other sites cannot use", async () => {
    const wrong = new Visitor(idem.base);
    const refused = await wrong.signIn("idem_no_such_key");
    expect([refused.status, refused.cookies]).toEqual([401, []]);
    expect(refused.text).toContain("Missing or invalid credential");
    const right = await new Visitor(idem.base).signIn(idem.operator.apiKey ?? "");
    expect(right.status).toBe(303);
    expect(right.cookies).toEqual([
      expect.stringMatching(/^idem_operator=.*; Path=\/console; HttpOnly; SameSite=Strict$/),
    ]);
  });

  test("is asked for by every page, which is shown then", async () => {
    const stranger = new Visitor(idem.base);
    const sent = await stranger.get("/console/attentions?cause=capture_refused");
    expect([sent.status, sent.location]).toEqual([
      303,
      "/console/sign-in?next=%2Fconsole%2Fattentions%3Fcause%3Dcapture_refused",
    ]);
    const another = await stranger.signIn(idem.operator.apiKey ?? "", "//another.example/console");
    expect(another.location).toBe("/console");
  });

  test("ends within a request when its key is revoked", async () => {
    const { id, key } = await madeKey("support");
    const support = await visitor(key);
    expect((await support.get("/console")).status).toBe(200);
    const operator = await visitor(idem.operator.apiKey);
    const revoked = await operator.send(await operator.form("/console/keys", `/console/keys/${id}/revoke`), {});
    expect(revoked.location).toBe("/console/keys?notice=revoked");
    expect((await support.get("/console")).location).toContain("/console/sign-in");
  });

  test("outlasts a restart of the API", async () => {
    const other = await idem.anotherApi();
    const person = new Visitor(other.base);
    await person.signIn(idem.acme.apiKey ?? "");
    await other.process.stop();
    await other.process.start();
    expect((await person.get("/console")).status).toBe(200);
  });

  test("knows one tenant: a key of another one replaces it", async () => {
    const person = await visitor(idem.operator.apiKey, idem.globex.apiKey);
    const page = await person.get("/console");
    expect(page.text).toContain("globex");
    expect((await person.get("/console/attentions")).status).toBe(403);
  });
});

describe.concurrent("an order is found", () => {
  test("by its id, reference, email, payment, refund and tracking number, each typed alone", async () => {
    const order = await idem.completed();
    const { reference, payment, shipments } = await idem.read(order);
    const refund = await idem.refund(order, { amount: 100 });
    const person = await visitor(idem.acme.apiKey);
    const names = [
      reference,
      order.body.customer.email.toUpperCase(),
      payment.reference,
      shipments[0].trackingNumber,
      shipments[0].id,
    ];
    for (const name of [...names, refund.json.id]) {
      const found = await person.get(`/console?q=${encodeURIComponent(name)}`);
      expect([name, found.text]).toEqual([name, expect.stringContaining(`/console/orders/${order.id}`)]);
    }
    expect((await person.get(`/console?q=${order.id}`)).location).toBe(`/console/orders/${order.id}`);
    const stranger = await visitor(idem.globex.apiKey);
    expect((await stranger.get(`/console?q=${encodeURIComponent(reference)}`)).text).toContain("No order has this");
    expect((await stranger.get(`/console/orders/${order.id}`)).status).toBe(404);
  });

  test("among more than fit a page by following what they were found by", async () => {
    const email = `many-${randomUUID()}@example.com`;
    const many = Array.from({ length: 27 }, () => idem.place(idem.order({ customer: { email, name: "Ada" } })));
    const ids = (await Promise.all(many)).map(({ id }) => id);
    const person = await visitor(idem.acme.apiKey);
    const seen: string[] = [];
    for (let page: string | undefined = `/console?q=${encodeURIComponent(email)}`; page;) {
      const { text } = await person.get(page);
      seen.push(...[...text.matchAll(/\/console\/orders\/(ord_\w+)/g)].map(([, id]) => String(id)));
      page = /href="([^"]*)" rel="next">More by email/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  test("and shown with what its shop and customer wrote as text", async () => {
    const evil = `<img src=x onerror="alert(1)">`;
    const body = idem.order({ reference: `${evil}${randomUUID()}`, metadata: { [evil]: evil } });
    const order = await idem.place({ ...body, customer: { ...body.customer, name: evil } });
    const page = await (await visitor(idem.acme.apiKey)).get(`/console/orders/${order.id}`);
    expect(page.text).toContain("&lt;img src=x");
    expect(page.text).not.toContain("<img");
    expect(page.header("Content-Security-Policy")).toMatch(/default-src 'none'.*script-src 'self'/);
  });
});

describe.concurrent("a form", () => {
  test("pressed twice does once what it says, and both presses lead to the same page", async () => {
    const order = await idem.completed();
    const person = await both();
    const form = await person.form(`/console/orders/${order.id}`, `/console/orders/${order.id}/refund`);
    const fields = { amount: "5", reason: "broken" };
    const [first, second] = await Promise.all([person.send(form, fields), person.send(form, fields)]);
    expect([first.location, second.location]).toEqual(Array(2).fill(`/console/orders/${order.id}?notice=refunded`));
    expect((await idem.acme.get(`${order.path}/refunds`)).json.items).toMatchObject([
      { amount: 500, reason: "broken" },
    ]);
  });

  test("that is refused comes back with what was typed and why, and nothing has changed", async () => {
    const order = await idem.completed();
    const person = await both();
    const form = await person.form(`/console/orders/${order.id}`, `/console/orders/${order.id}/refund`);
    for (const [amount, why] of [
      ["5.555", "Write it like 12.50"],
      ["9999999", "A refund cannot exceed"],
    ] as const) {
      const refused = await person.send(form, { amount });
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(refused.text).toContain(why);
      expect(refused.text).toContain(`value="${amount}"`);
    }
    expect((await idem.acme.get(`${order.path}/refunds`)).json.items).toEqual([]);
  });

  test("of another site does nothing", async () => {
    const order = await idem.held();
    const person = await both();
    const form = await person.form(`/console/orders/${order.id}`, `/console/orders/${order.id}/cancel`);
    const foreign = { Origin: "https://another.example", "Sec-Fetch-Site": "cross-site" };
    const refused = await person.send(form, {}, foreign);
    expect(refused.status).toBe(403);
    expect((await idem.read(order)).status).toBe("confirmed");
    await person.send(form, {});
    await idem.reaches(order, "cancelled");
  });

  test("is not there for a key that only reads, which could not send it either", async () => {
    const { key } = await madeKey("support");
    const order = await idem.held();
    const person = await both();
    const form = await person.form(`/console/orders/${order.id}`, `/console/orders/${order.id}/cancel`);
    const support = await visitor(key);
    for (const path of [`/console/orders/${order.id}`, "/console/attentions", "/console/webhooks", "/console/stock"]) {
      const page = await support.get(path);
      expect([path, page.status, page.text.includes('name="key"')]).toEqual([path, 200, false]);
    }
    expect((await support.send(form, {})).status).toBe(403);
    expect((await idem.read(order)).status).toBe("confirmed");
    await idem.cancel(order);
  });
});

describe.concurrent("the page of an order", () => {
  test("is followed by a stream of its own, which ends when the page is left", async () => {
    const order = await idem.held();
    const person = await visitor(idem.globex.apiKey, idem.acme.apiKey);
    for (let time = 0; time < 120; time++) {
      await person.head(`/console/orders/${order.id}/events`);
      const [left, status] = await person.follow(`/console/orders/${order.id}/events`);
      expect(status).toBe(200);
      left();
    }
    const stranger = await new Visitor(idem.base).get(`/console/orders/${order.id}/events`);
    expect(stranger.status).toBe(401);
    await idem.cancel(order);
  });

  test("names the key of who did something, and shows it resolved", async () => {
    const { id, key } = await madeKey("operator");
    const order = await idem.placeWith("capture", "decline");
    await idem.reaches(order, "needs_attention");
    const person = await visitor(key);
    const { attention } = await idem.read(order);
    const action = `/console/orders/${order.id}/attentions/${attention.id}`;
    const form = await person.form(`/console/orders/${order.id}`, action);
    const refused = await person.send(form, { action: "mark-done", reason: "seen at the bank" });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('value="seen at the bank"')]);
    const done = await person.send(await person.form(action, action), { action: "retry", reason: "the bank is back" });
    expect(done.location).toBe(`/console/orders/${order.id}?notice=resolved`);
    await idem.reaches(order, "completed");
    const resolved = (await idem.events(order)).find(({ type }) => type === "attention.resolved");
    expect(resolved?.data).toMatchObject({ action: "retry", key: id });
    expect((await person.get(`/console/orders/${order.id}`)).text).toMatch(/an operator \(operator [0-9a-f-]{36}\)/);
  });

  test("counts repeats and what was refused under its key, which change nothing", async () => {
    const order = await idem.place();
    await idem.place(order.body, order.key);
    await idem.place(order.body, order.key);
    expect((await idem.acme.post("/v1/orders", idem.order(), { key: order.key })).problem).toBe(
      "idempotency-key-reused",
    );
    const { repeats } = await waitFor("the counts", async () => {
      const { json } = await idem.acme.get(`${order.path}/execution`);
      return json.repeats.replayed === 2 && json.repeats.refused === 1 ? json : null;
    });
    expect(Date.parse(repeats.lastAt)).toBeGreaterThan(Date.parse(order.answer.json.createdAt));
    const page = await (await visitor(idem.acme.apiKey)).get(`/console/orders/${order.id}`);
    expect(page.text).toContain("2 requests were repeats");
  });

  test("shows every call to a provider with its key and answer", async () => {
    const order = await idem.completed();
    const { operations, emails } = (await idem.acme.get(`${order.path}/execution`)).json;
    expect(
      operations.map(({ name, status }: { name: string; status: string }) => [name.split("/")[0], status]),
    ).toEqual([
      ["authorize", "done"],
      ["request", "done"],
      ["capture", "done"],
    ]);
    expect(emails).toMatchObject([{ kind: "confirmation", status: "sent" }, { kind: "shipped" }]);
    const [authorize] = await idem.calls(order, "authorize");
    expect(operations[0].key).toBe(authorize?.key);
  });
});

test("a run is titled with what it is about, says nothing about a person and links to its order", async () => {
  const order = await idem.completed();
  const refund = await idem.refund(order, { amount: 100 });
  const textOf = async (workflowId: string) => {
    const run = await idem.client.workflow.getHandle(workflowId).describe();
    return [await run.staticSummary(), await run.staticDetails()];
  };
  const link = `[Order \`${order.id}\`](${idem.base}/console/orders/${order.id})`;
  const total = (order.body.total / 100).toFixed(2);
  expect(await textOf(`order/${order.id}`)).toEqual([`EUR ${total}, 1 unit`, link]);
  await waitFor("the refund's run", () => idem.runStatus(`refund/${refund.json.id}`));
  expect(await textOf(`refund/${refund.json.id}`)).toEqual(["Refund of EUR 1.00", link]);
});

test("a form of which it is not known what became comes back to be sent again, and happens once", async () => {
  const order = await idem.completed();
  const person = await both();
  const form = await person.form(`/console/orders/${order.id}`, `/console/orders/${order.id}/refund`);
  idem.proxies.postgres.cut();
  const unknown = await person.send(form, { amount: "5" }).finally(() => idem.proxies.postgres.mend());
  expect([unknown.status, unknown.text]).toEqual([503, expect.stringContaining("Send again")]);
  expect(unknown.text).toContain(form.hidden["key"]);
  for (const press of [1, 2])
    await waitFor(`press ${press}`, async () =>
      (await person.send(form, { amount: "5" })).location?.includes("refunded"),
    );
  expect((await idem.acme.get(`${order.path}/refunds`)).json.items).toMatchObject([{ amount: 500 }]);
});

test("stock, endpoints and health are kept by their forms", async () => {
  const person = await both();
  const sku = await idem.stockedSku(10);
  const move = await person.form(`/console/stock/${sku}`, `/console/stock/${sku}/movements`);
  await person.send(move, { delta: "-3", reason: "broken" });
  await person.send(move, { delta: "-3", reason: "broken" });
  expect(await idem.stock(sku)).toEqual({ onHand: 7, reserved: 0, available: 7 });
  const refused = await person.send(await person.form("/console/webhooks", "/console/webhooks"), {
    url: "http://127.0.0.1/x",
  });
  expect([refused.status, refused.text]).toEqual([422, expect.stringContaining("/url")]);
  await waitFor("the health", async () => (await person.get("/console/health")).text.includes("payment"));
  expect((await person.get("/console/try")).status).toBe(404);
  expect((await person.get("/console/nonsense")).text).toContain("There is no such page");
  expect((await person.get("/console/stock/")).location).toMatch(/\/console\/stock$/);
});
