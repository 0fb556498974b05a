import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProviderEvent } from "../../src/domain/fact.js";
import type { Payment, ProviderRefund } from "../../src/domain/payment.js";
import type { ShipmentReport } from "../../src/domain/shipment.js";
import { createStripe, createStripeGateway } from "../../src/providers/payment/stripe-gateway.js";
import { readStripeEvent } from "../../src/providers/payment/stripe-webhook.js";
import { ProviderError } from "../../src/providers/provider-error.js";
import { readFulfilmentEvent } from "../../src/providers/warehouse/fulfilment-webhook.js";
import { createHttpWarehouse } from "../../src/providers/warehouse/http-warehouse.js";
import { signatureHeaders } from "../../simulator/webhooks/webhook-signing.js";

/** Whatever JSON a provider answers or reports is read as a fact of the right shape or brings a ProviderError (E4). */

/** Any text that JSON can spell: U+0000 and halves of surrogate pairs included. */
const text = fc
  .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0, max: 0xff_ff })), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units));

const NAMES = ["id", "object", "status", "error", "metadata", "orderId", "data", "amount", "__proto__", "constructor"];

const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -1, 1.5, 1e300, 2 ** 53, ""),
    text,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom(...NAMES)), tie("value"), { maxKeys: 3 }),
  ),
})).value;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** The paths of every member of a value. */
function pathsOf(value: unknown): string[][] {
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => [[name], ...pathsOf(member).map((path) => [name, ...path])]);
}

/** A copy with another value at a path; undefined leaves the member out. */
function replaced(value: unknown, [name = "", ...rest]: string[], by: unknown): unknown {
  if (!isRecord(value)) return value;
  const member = rest.length > 0 ? replaced(value[name], rest, by) : by;
  return Array.isArray(value)
    ? value.map((one, at) => (String(at) === name ? member : one))
    : { ...value, [name]: member };
}

/** A right answer of which some members are anything, or missing. */
const almost = (right: object) =>
  fc
    .array(fc.tuple(fc.constantFrom(...pathsOf(right)), fc.oneof(anything, fc.constant(undefined))), {
      minLength: 1,
      maxLength: 2,
    })
    .map((changes) => changes.reduce<unknown>((value, [path, by]) => replaced(value, path, by), right));

const INTENT = {
  id: "pi_1",
  object: "payment_intent",
  amount: 2500,
  amount_capturable: 2500,
  amount_received: 0,
  currency: "eur",
  status: "requires_capture",
  created: 1_795_687_861,
  metadata: { orderId: "ord_1" },
  next_action: { type: "redirect_to_url", redirect_to_url: { url: "https://bank.example", return_url: null } },
  last_payment_error: { type: "card_error", code: "card_declined", decline_code: "lost_card", message: "No." },
  latest_charge: {
    id: "ch_1",
    object: "charge",
    amount_refunded: 0,
    payment_method_details: { card: { capture_before: 1_796_000_000, multicapture: { status: "available" } } },
  },
};
const REFUND = {
  id: "re_1",
  object: "refund",
  amount: 100,
  currency: "eur",
  status: "succeeded",
  failure_reason: null,
  created: 1_795_687_861,
  payment_intent: "pi_1",
  metadata: { orderId: "ord_1", refundId: "ref_1" },
};
const listOf = (item: object) => ({ object: "list", has_more: false, url: "/v1/list", data: [item] });
const FAILURE = { error: { ...INTENT.last_payment_error, payment_intent: INTENT } };
const SHIPMENT = { id: "shp_1", orderId: "ord_1", status: "accepted", carrier: "Van", trackingNumber: "1" };

const stripeAnswer = fc.oneof(
  anything,
  ...[INTENT, REFUND, listOf(INTENT), listOf(REFUND), FAILURE].map((right) => almost(right)),
);
const warehouseAnswer = fc.oneof(anything, almost(SHIPMENT), almost({ error: "bad_address" }));
const status = fc.constantFrom(200, 200, 201, 400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 503);

let server: Server;
let base = "";
let answer = { status: 200, body: "" };
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(answer.status, { "Content-Type": "application/json" }).end(answer.body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const isText = (value: unknown) => value === null || typeof value === "string";

function isPayment({ reference, orderId, state, amount, currency, capturable, received, ...rest }: Payment): boolean {
  return (
    [reference, state, currency].every((value) => typeof value === "string") &&
    [orderId, rest.actionUrl, rest.reason?.code ?? null].every(isText) &&
    [amount, capturable, received].every(Number.isSafeInteger) &&
    (rest.terms === null ||
      (typeof rest.terms.multicapture === "boolean" &&
        (rest.terms.captureBefore === null || Number.isFinite(rest.terms.captureBefore))))
  );
}

function isRefund({ reference, state, amount, refundId, reason }: ProviderRefund): boolean {
  return (
    [reference, state].every((value) => typeof value === "string") &&
    isText(refundId) &&
    Number.isSafeInteger(amount) &&
    isText(reason?.code ?? null)
  );
}

function isShipment({ id, orderId, status: state, carrier, trackingNumber }: ShipmentReport): boolean {
  return [id, state].every((value) => typeof value === "string") && [orderId, carrier, trackingNumber].every(isText);
}

/** Null where a call ends in an answer of the right shape or in a ProviderError; else what it ended in. */
async function wrongEnd<T>(call: () => Promise<T>, isRight: (result: T) => boolean): Promise<unknown> {
  try {
    const result = await call();
    return isRight(result) ? null : { result };
  } catch (error) {
    return error instanceof ProviderError ? null : { error };
  }
}

const RUNS = { numRuns: 150, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: true };
const TIMEOUT_MS = 100;
const asked = { orderId: "ord_1", reference: "pi_1", currency: "EUR", amount: 2500, key: "key-1" };
const made = { from: new Date(1_795_687_000_000), to: new Date(1_795_687_900_000) };

const calls = () => {
  const payments = createStripeGateway(createStripe({ secretKey: "sk_test_any", apiBase: base }));
  const pages = <Item>(isRight: (item: Item) => boolean) => {
    return ({ items }: { items: Item[] }) => items.every(isRight);
  };
  const authorize = { ...asked, method: "pm_card_visa", returnUrl: "https://shop.example", tenantTag: "ten_1" };
  const capture = { ...asked, shipmentId: "shp_1", final: true };
  return {
    authorize: () => wrongEnd(() => payments.authorize(authorize, TIMEOUT_MS), isPayment),
    capture: () => wrongEnd(() => payments.capture(capture, TIMEOUT_MS), isPayment),
    void: () => wrongEnd(() => payments.void(asked, TIMEOUT_MS), isPayment),
    refund: () => wrongEnd(() => payments.refund({ ...asked, refundId: "ref_1" }, TIMEOUT_MS), isRefund),
    retrieve: () => wrongEnd(() => payments.retrieve("pi_1", TIMEOUT_MS), isPayment),
    findPayment: () =>
      wrongEnd(
        () => payments.findPayment("ord_1", made, TIMEOUT_MS),
        (found) => found === null || isPayment(found),
      ),
    findRefund: () =>
      wrongEnd(
        () => payments.findRefund("pi_1", "ref_1", made.from, TIMEOUT_MS),
        (found) => found === null || isRefund(found),
      ),
    listPayments: () => wrongEnd(() => payments.listPayments(made, null, TIMEOUT_MS), pages(isPayment)),
    listRefunds: () => wrongEnd(() => payments.listRefunds(made, null, TIMEOUT_MS), pages(isRefund)),
  };
};

describe("any answer of the payment provider is a payment, a refund or a ProviderError", () => {
  test.each([
    "authorize",
    "capture",
    "void",
    "refund",
    "retrieve",
    "findPayment",
    "findRefund",
    "listPayments",
    "listRefunds",
  ] as const)("to %s", async (name) => {
    const call = calls()[name];
    await fc.assert(
      fc.asyncProperty(status, stripeAnswer, async (code, body) => {
        answer = { status: code, body: JSON.stringify(body) ?? "" };
        expect(await call()).toBeNull();
      }),
      RUNS,
    );
  });
});

describe("any answer of the warehouse is a shipment, none, or a ProviderError", () => {
  test.each(["request", "recall", "retrieve"] as const)("to %s", async (name) => {
    const warehouse = createHttpWarehouse(base);
    const shipTo = { line1: "1 High St", city: "London", postalCode: "N1 1AA", country: "GB" };
    const request = { key: "key-1", id: "shp_1", orderId: "ord_1", warehouse: "main", lines: [], shipTo };
    const ask = {
      request: () => warehouse.request(request, TIMEOUT_MS),
      recall: () => warehouse.recall("shp_1", "key-1", TIMEOUT_MS),
      retrieve: () => warehouse.retrieve("shp_1", TIMEOUT_MS),
    }[name];
    await fc.assert(
      fc.asyncProperty(status, warehouseAnswer, async (code, body) => {
        answer = { status: code, body: JSON.stringify(body) ?? "" };
        expect(
          await wrongEnd<ShipmentReport | null>(ask, (report) => report === null || isShipment(report)),
        ).toBeNull();
      }),
      RUNS,
    );
  });
});

describe("any body of a signed webhook is an event, or none", () => {
  const secrets = { stripe: "whsec_any", fulfilment: `whsec_${Buffer.from("any secret at all").toString("base64")}` };
  const isEvent = ({ eventId, type, orderId, fact }: ProviderEvent): boolean =>
    [eventId, type].every((value) => typeof value === "string") &&
    isText(orderId) &&
    (fact === null ||
      (fact.about === "payment" && isPayment(fact.payment)) ||
      (fact.about === "refund" && isRefund(fact.refund)) ||
      (fact.about === "shipment" && isShipment(fact.shipment)));

  test("of the payment provider", () => {
    const stripe = new Stripe("sk_test_any");
    const event = (type: string, object: object) => ({ id: "evt_1", object: "event", type, data: { object } });
    const bodies = fc.oneof(
      anything,
      ...["payment_intent.succeeded", "payment_intent.payment_failed"].map((type) => almost(event(type, INTENT))),
      almost(event("refund.updated", REFUND)),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const raw = JSON.stringify(body) ?? "";
        const headers = signatureHeaders(secrets, { id: "evt_1", provider: "stripe" }, raw, "good");
        const signature = headers["Stripe-Signature"] ?? headers["stripe-signature"] ?? "";
        const read = readStripeEvent(stripe, [secrets.stripe], Buffer.from(raw), signature);
        expect([read, read === null || isEvent(read)]).toEqual([read, true]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("of the warehouse", () => {
    const data = { id: "shp_1", orderId: "ord_1", carrier: "Van", trackingNumber: "1" };
    const types = ["shipment.shipped", "shipment.delivered", "shipment.failed"];
    const bodies = fc.oneof(
      anything,
      ...types.map((type) => almost({ type, timestamp: "2026-11-25T10:00:00.000Z", data })),
    );
    const texts = fc.oneof(
      bodies.map((body) => JSON.stringify(body) ?? ""),
      fc.string(),
      fc.constant(""),
    );
    fc.assert(
      fc.property(texts, (raw) => {
        const signed = signatureHeaders(secrets, { id: "msg_1", provider: "fulfilment" }, raw, "good");
        const headers = new Headers(signed);
        const read = readFulfilmentEvent(
          [secrets.fulfilment],
          Buffer.from(raw),
          (name) => headers.get(name) ?? undefined,
        );
        expect([read, read === null || isEvent(read)]).toEqual([read, true]);
      }),
      { numRuns: 1_000 },
    );
  });
});
