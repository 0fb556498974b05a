import { request } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

/** Whatever providers report under a right signature, and whatever a path contains, breaks nothing (sections 5 and 7). */

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(18);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

const PROVIDERS = ["stripe", "fulfilment"] as const;

const unapplied = "select 1 from provider_events where order_id = $1 and applied_at is null";
const isApplied = (order: PlacedOrder) =>
  waitFor("every fact to be applied", async () => (await idem.db.query(unapplied, [order.id])).rows.length === 0);

/** A text as JSON carries it, with U+0000 and halves of surrogate pairs. */
const text = fc
  .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.constantFrom(0, 0xd8_00, 0xdf_ff, 0xff_ff)), {
    maxLength: 8,
  })
  .map((units) => String.fromCharCode(...units));
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, 0, -1, 1.5, 1e300, ""),
    text,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom("id", "orderId", "status", "object")), tie("value"), { maxKeys: 3 }),
  ),
})).value;

describe.concurrent("a signed event", () => {
  test.each(PROVIDERS)("of any JSON from %s is taken or refused, and ends no process", async (provider) => {
    const order = await idem.held();
    const member = fc.constantFrom("id", "object", "amount", "status", "metadata", "orderId", "carrier", "currency");
    const types = fc.constantFrom("payment_intent.succeeded", "refund.failed", "shipment.shipped", "shipment.failed");
    const envelope = fc.record({ id: anything, object: anything, type: fc.oneof(types, anything), data: anything });
    const object = fc.tuple(types, fc.dictionary(member, anything, { maxKeys: 4 })).map(([type, data]) => ({
      ...{ id: "evt_any", object: "event", type },
      data: provider === "stripe" ? { object: { object: "payment_intent", ...data } } : data,
    }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, envelope, object), async (body) => {
        const raw = JSON.stringify(body) ?? "null";
        const [status = 0] = await idem.outside.webhook({ provider, type: "any", raw, object: {} });
        expect([raw, status >= 200 && status < 500]).toEqual([raw, true]);
      }),
      { numRuns: 120 },
    );
    expect([idem.api.running, idem.worker.running]).toEqual([true, true]);
    await idem.outside.advance(order.id, "delivered");
    await idem.reaches(order, "completed");
  });

  test.each(PROVIDERS)(
    "of which any text of %s holds U+0000 or half a pair is stored with U+FFFD instead",
    async (provider) => {
      const order = await idem.held();
      const odd = "a\u0000b\ud800c";
      const statuses: number[] = [];
      const send = async (type: string, change: object) => {
        statuses.push(
          ...(await idem.outside.webhook({ provider, type, order: order.id, which: "fresh", change: { ...change } })),
        );
      };
      if (provider === "stripe") {
        await send("payment_intent.succeeded", { id: odd });
        await send("payment_intent.payment_failed", {
          last_payment_error: { code: odd, message: odd, type: "card_error" },
        });
        await send("payment_intent.canceled", { metadata: { orderId: odd } });
      } else {
        await idem.outside.advance(order.id, "shipped", { notify: false });
        await send("shipment.shipped", { orderId: odd });
        await send("shipment.shipped", { carrier: odd, trackingNumber: odd });
      }
      expect(new Set(statuses)).toEqual(new Set([204]));
      await isApplied(order);
      const { rows } = await idem.db.query("select fact::text as fact from provider_events where order_id = $1", [
        order.id,
      ]);
      expect(rows.map(({ fact }) => fact).join()).toContain("a\ufffdb\ufffdc");
      expect((await idem.read(order)).id).toBe(order.id);
    },
  );

  test.each(PROVIDERS)("of %s whose id and type hold U+0000 is taken", async (provider) => {
    const odd = "evt_\u0000\ud800";
    const raw = JSON.stringify({ id: odd, object: "event", type: odd, data: { object: { object: odd }, id: odd } });
    const [status] = await idem.outside.webhook({ provider, type: "any", raw, object: {} });
    expect(status).toBe(204);
  });
});

/** A GET of exactly these bytes as its path. */
function statusOf(path: string): Promise<number> {
  const { hostname, port } = new URL(idem.base);
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${idem.acme.apiKey}` };
    request({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

test("an event whose id is too long to be stored is refused", async () => {
  const raw = JSON.stringify({ id: "e".repeat(4_000), object: "event", type: "invoice.created", data: { object: {} } });
  expect(await idem.outside.webhook({ type: "any", raw, object: {} })).toEqual([401]);
});

test("a request whose headers are larger than 16 KiB gets 431, as documented", async () => {
  const response = await fetch(`${idem.base}/healthz`, { headers: { "X-Long": "a".repeat(17 * 1024) } });
  expect([response.status, await response.text()]).toEqual([431, ""]);
});

describe.concurrent("an id in a path", () => {
  const percent = fc
    .array(fc.integer({ min: 0, max: 0xff }), { minLength: 1, maxLength: 12 })
    .map((bytes) => bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
  const id = fc.oneof(
    percent,
    fc.constantFrom("%", "%zz", "%00", "ord_", "%ff%fe", "%2e%2e", `ord_${"a".repeat(4_000)}`),
  );

  test.each(["", "/events", "/refunds"])("of any bytes is unknown: /v1/orders/{id}%s", async (rest) => {
    await fc.assert(
      fc.asyncProperty(id, async (bytes) => {
        fc.pre(bytes + rest !== "%2e%2e/events"); // a dot segment leads to the feed
        expect([bytes, await statusOf(`/v1/orders/${bytes}${rest}`)]).toEqual([bytes, 404]);
      }),
      { numRuns: 60 },
    );
  });

  test("of any bytes is unknown: a refund's", async () => {
    const order = await idem.held();
    await fc.assert(
      fc.asyncProperty(id, async (bytes) => {
        expect([bytes, await statusOf(`${order.path}/refunds/${bytes}`)]).toEqual([bytes, 404]);
      }),
      { numRuns: 60 },
    );
  });

  test("of any bytes is no SKU that is known", async () => {
    await fc.assert(
      fc.asyncProperty(id, async (bytes) => {
        const status = await statusOf(`/v1/stock/${bytes}`);
        expect([bytes, status === 404 || status === 400]).toEqual([bytes, true]);
      }),
      { numRuns: 60 },
    );
  });
});

describe.concurrent("a process", () => {
  test.each(["PORT", "METRICS_PORT"])(
    "whose %s another program has ends and says so, without a stack",
    async (setting) => {
      const taken = new URL(idem.base).port;
      const end = await idem.anotherApi({ [setting]: taken }).then(
        () => "it started",
        (error: unknown) => String(error),
      );
      expect(end).toContain(
        `idem cannot start, a setting is wrong:\n  ${setting} is ${taken}, which another program has\n`,
      );
      expect(end).not.toMatch(/^ +at /m);
    },
  );
});
