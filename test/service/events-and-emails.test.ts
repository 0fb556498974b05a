import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signatureHeaders } from "../../simulator/webhooks/webhook-signing.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { Caller } from "../rig/caller.js";
import { idemCli } from "../rig/idem-cli.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(5);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

const GOOD = ["authorization", "shipment", "capture"];
const shipped = { provider: "fulfilment", type: "shipment.shipped" } as const;
const delivered = { provider: "fulfilment", type: "shipment.delivered" } as const;
const authorized = { type: "payment_intent.amount_capturable_updated" } as const;

/** A held order of whose shipment no event comes. */
async function silentlyHeld(): Promise<PlacedOrder> {
  const order = await idem.held();
  await waitFor("the payment's event", async () => (await idem.outside.webhooks(order.id)).every(({ owed }) => !owed));
  return order;
}

describe.concurrent("an event", () => {
  test("that comes five times at one moment, and again under another id, has one effect (E8, M13)", async () => {
    const order = await idem.completed();
    await waitFor("the run to close", async () => (await idem.runStatus(`order/${order.id}`)) === "COMPLETED");
    const before = await idem.events(order);
    for (const event of [shipped, delivered, authorized, { type: "payment_intent.succeeded" }]) {
      const repeats = await idem.outside.webhook({ ...event, order: order.id, count: 5, parallel: true });
      expect(new Set(repeats)).toEqual(new Set([204]));
      expect(await idem.outside.webhook({ ...event, order: order.id, which: "fresh" })).toEqual([204]);
    }
    await waitFor("them to be applied", async () => {
      const open = "select 1 from provider_events where order_id = $1 and applied_at is null";
      return (await idem.db.query(open, [order.id])).rows.length === 0;
    });
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    expect(await idem.mailKinds(order)).toHaveLength(2);
    expect(await idem.events(order)).toEqual(before);
  });

  test("of a delivery before the one of its shipping ends as any other order (E8)", async () => {
    const order = await silentlyHeld();
    await idem.outside.advance(order.id, "shipped", { notify: false });
    await idem.outside.advance(order.id, "delivered", { notify: false });
    for (const event of [delivered, shipped]) {
      expect(await idem.outside.webhook({ ...event, order: order.id })).toEqual([204]);
    }
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    expect(await idem.mailed(order, 2)).toEqual(["confirmation", "shipped"]);
    const carrier = async () => (await idem.read(order)).shipments[0]?.carrier;
    expect(await waitFor("its carrier, which the second event brought", carrier)).toBe("Parcel");
  });

  test.each(["authorize", "capture"] as const)("before our own answer to %s ends the same (E8)", async (op) => {
    const order = await idem.placeWith(op, "webhook-first", { delayMs: 900 });
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    const types = await idem.eventTypes(order);
    for (const type of ["payment.authorized", "payment.captured"]) {
      expect(types.filter((one) => one === type)).toHaveLength(1);
    }
  });

  test("that never comes is found by asking within 60 s (E8, M13)", async () => {
    const body = idem.order();
    await idem.outside.fault("webhook", "drop-before", { amount: body.total, count: -1 });
    const order = await idem.place(body);
    const came = async () => (await idem.read(order)).status === "completed";
    await waitFor("the end", came, 90_000);
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    const [asked] = await idem.outside.requests(order.id, "ship");
    const [polled] = await idem.outside.requests(order.id, "track");
    expect((polled?.time ?? 0) - (asked?.time ?? 0)).toBeLessThan(60);
  }, 100_000);

  test("that never comes is found at once by a refresh, once for each key (section 2, M6)", async () => {
    const order = await silentlyHeld();
    const isRequested = async () => (await idem.read(order)).shipments[0].status === "requested";
    await waitFor("the request to be recorded", isRequested);
    await idem.outside.advance(order.id, "shipped", { notify: false });
    const key = randomUUID();
    const refresh = (as: Caller) => as.post(`${order.path}/refresh`, "", { key });
    const accepted = await refresh(idem.operator);
    expect([accepted.status, accepted.json.id, accepted.replayed]).toEqual([202, order.id, false]);
    expect(accepted.header("Location")).toBe(order.path);
    await waitFor("the shipment", async () => (await idem.read(order)).shipments[0].shippedAt !== null, 15_000);
    await idem.reaches(order, "shipped");
    const polls = await idem.outside.requests(order.id, "track");
    const again = await refresh(idem.acme);
    expect([again.status, again.replayed, again.json.status]).toEqual([202, true, "shipped"]);
    await stays("no poll", async () => (await idem.outside.requests(order.id, "track")).length === polls.length, 3_000);
    expect((await idem.globex.post(`${order.path}/refresh`, {})).problem).toBe("not-found");
    expect((await idem.acme.post(`${order.path}/refresh`, { now: true }, { key })).problem).toBe(
      "idempotency-key-reused",
    );
    await idem.outside.advance(order.id, "delivered", { notify: false });
    expect((await idem.acme.post(`${order.path}/refresh`, {})).status).toBe(202);
    await idem.reaches(order, "completed");
    const sent = async () => (await idem.eventTypes(order)).filter((type) => type === "email.sent").length === 2;
    await waitFor("both emails", sent);
    const closed = await idem.read(order);
    expect((await idem.acme.post(`${order.path}/refresh`, {})).json).toEqual(closed);
  });

  test("of what the customer did is found by asking within 60 s (E8)", async () => {
    const body = idem.order({ method: "pm_card_authenticationRequired" });
    await idem.outside.fault("webhook", "drop-before", { amount: body.total, count: -1 });
    const order = await idem.place(body);
    await idem.reaches(order, "awaiting_payment");
    await idem.outside.customer(order.id);
    const goesOn = async () => (await idem.read(order)).status !== "awaiting_payment";
    expect(await waitFor("the confirmation", goesOn, 65_000)).toBe(true);
  }, 100_000);

  test.each(["forged", "unsigned", "stale"] as const)(
    "that is %s moves nothing, and its true one does (section 5)",
    async (mode) => {
      const order = await silentlyHeld();
      await idem.outside.advance(order.id, "shipped", { notify: false });
      expect(await idem.outside.webhook({ ...shipped, order: order.id, mode })).toEqual([401]);
      expect(await idem.outside.webhook({ ...authorized, order: order.id, which: "fresh", mode })).toEqual([401]);
      expect((await idem.read(order)).status).toBe("confirmed");
      expect(await idem.outside.webhook({ ...shipped, order: order.id })).toEqual([204]);
      await idem.reaches(order, "shipped");
    },
  );

  test("that comes again after its order was cancelled has no effect (section 5)", async () => {
    const order = await idem.held();
    await waitFor("its authorization to be reported", async () => {
      const events = await idem.outside.webhooks(order.id);
      return events.length > 0 && events.every(({ owed }) => !owed);
    });
    await idem.cancel(order);
    await idem.reaches(order, "cancelled");
    // A number is what a fact gets that a run is to apply; the first has one if it came before our own answer.
    const numbered = "select number from provider_events where order_id = $1 and type = $2";
    const stored = async () => (await idem.db.query(numbered, [order.id, authorized.type])).rows;
    const before = await stored();
    expect(before).toHaveLength(1);
    expect(await idem.outside.webhook({ ...authorized, order: order.id })).toEqual([204]);
    expect(await stored()).toEqual(before);
  });

  test("of an unknown type or order is taken and moves nothing (section 5)", async () => {
    const unknown = {
      id: `shp_${"z".repeat(32)}`,
      orderId: `ord_${"z".repeat(32)}`,
      carrier: "P",
      trackingNumber: "1",
    };
    expect(await idem.outside.webhook({ type: "invoice.created", object: {} })).toEqual([204]);
    expect(await idem.outside.webhook({ provider: "fulfilment", type: "shipment.weighed", object: unknown })).toEqual([
      204,
    ]);
    expect(await idem.outside.webhook({ ...shipped, object: unknown })).toEqual([204]);
    expect(await idem.outside.webhook({ ...shipped, object: { id: 7 } })).toEqual([204]);
  });

  test("that is signed and no JSON is refused and breaks nothing (section 7)", async () => {
    for (const provider of ["stripe", "fulfilment"] as const) {
      const [status] = await idem.outside.webhook({ provider, type: "x", raw: "{not json", object: {} });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
  });

  test.each([
    ["amount", { amount: 1, amount_capturable: 1 }],
    ["currency", { currency: "usd" }],
    ["payment", { id: "pi_of_somebody_else" }],
  ])("of another %s moves nothing and needs an operator (section 5)", async (_name, change) => {
    const order = await silentlyHeld();
    const before = await idem.read(order);
    expect(await idem.outside.webhook({ ...authorized, order: order.id, which: "fresh", change })).toEqual([204]);
    const now = await idem.reaches(order, "needs_attention");
    expect(now.attention.cause).toBe("event_mismatch");
    expect([now.amounts, now.payment]).toEqual([before.amounts, before.payment]);
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment"]);
  });

  test("of one order's payment that names another order moves neither and needs an operator (section 5)", async () => {
    const [one, other] = [await silentlyHeld(), await silentlyHeld()];
    const change = { metadata: { orderId: other.id } };
    await idem.outside.webhook({ ...authorized, order: one.id, which: "fresh", change });
    await idem.reaches(other, "needs_attention");
    expect((await idem.read(one)).status).toBe("confirmed");
    expect((await idem.read(other)).amounts.authorized).toBe(other.body.total);
  });

  test("of one order's shipment that names another order moves neither and needs an operator (section 5)", async () => {
    const [one, other] = [await silentlyHeld(), await silentlyHeld()];
    const [shipment] = (await idem.read(one)).shipments;
    const object = { id: shipment.id, orderId: other.id, carrier: "P", trackingNumber: "1" };
    expect(await idem.outside.webhook({ ...shipped, object })).toEqual([204]);
    await idem.reaches(other, "needs_attention");
    expect((await idem.read(one)).status).toBe("confirmed");
    expect((await idem.read(other)).shipments[0].status).toBe("requested");
  });

  test("that a shipment failed before it left ends the order: nothing is left of it (E2, E1)", async () => {
    const sku = await idem.stockedSku(1);
    const order = await idem.held({ sku });
    await idem.outside.advance(order.id, "failed", { reason: "water damage" });
    const now = await idem.reaches(order, "cancelled");
    expect(now.failure.code).toBe("shipment_failed");
    expect(await idem.stock(sku)).toEqual({ onHand: 1, reserved: 0, available: 1 });
    const { live, net } = await idem.outside.money(order.id);
    expect([live, net]).toEqual([0, 0]);
  });

  test("is taken under either of two secrets while they are rotated, and under no third (section 8)", async () => {
    const old = { stripe: idem.env["STRIPE_WEBHOOK_SECRET"] ?? "", fulfilment: idem.env["FULFILMENT_SECRET"] ?? "" };
    const next = { stripe: "whsec_next", fulfilment: `whsec_${Buffer.from("the next secret").toString("base64")}` };
    const { base } = await idem.anotherApi({
      STRIPE_WEBHOOK_SECRET: `${next.stripe},${old.stripe}`,
      FULFILMENT_SECRET: `${next.fulfilment},${old.fulfilment}`,
    });
    const third = { stripe: "whsec_third", fulfilment: `whsec_${Buffer.from("a third secret").toString("base64")}` };
    const body = JSON.stringify({ id: "evt_1", object: "event", type: "invoice.created", data: { object: {} } });
    const statuses = [];
    for (const secrets of [old, next, third]) {
      for (const provider of ["stripe", "fulfilment"] as const) {
        const headers = signatureHeaders(secrets, { id: "evt_1", provider }, body, "good");
        statuses.push((await fetch(`${base}/webhooks/${provider}`, { method: "POST", headers, body })).status);
      }
    }
    expect(statuses).toEqual([204, 204, 204, 204, 401, 401]);
  });
});

describe.concurrent("an email", () => {
  const copies = async (order: PlacedOrder) => (await idem.outside.mails(order.body.customer.email)).length;
  const mailFault = async (action: Parameters<typeof idem.outside.fault>[1], count: number) => {
    const body = idem.order();
    return { body, fault: await idem.outside.fault("mail", action, { to: body.customer.email, count }) };
  };

  test("goes out once of each kind, under an id made of order, kind and what it is about (E6)", async () => {
    const order = await idem.completed();
    const refund = (await idem.refund(order, { amount: 10 })).json.id;
    await idem.mailed(order, 3);
    const [shipment] = (await idem.read(order)).shipments;
    expect(await idem.outside.mailIds(order.body.customer.email)).toEqual([
      `<confirmation.${order.id}@shop.example>`,
      `<refunded.${order.id}.${refund}@shop.example>`,
      `<shipped.${order.id}.${shipment.id}@shop.example>`,
    ]);
    await stays("three copies", async () => (await copies(order)) === 3);
  });

  test("that cannot go out delays no order, and goes out when the server is back (E6, M8)", async () => {
    const { body, fault } = await mailFault("fail-before", -1);
    const order = await idem.place(body);
    await idem.reaches(order, "completed");
    expect(await copies(order)).toBe(0);
    expect(await idem.runStatus(`order/${order.id}`)).toBe("RUNNING");
    await idem.outside.heal(fault);
    await waitFor("both", async () => (await idem.mailKinds(order)).length === 2, 30_000);
    await waitFor("the run to close", async () => (await idem.runStatus(`order/${order.id}`)) === "COMPLETED");
    expect(await copies(order)).toBe(2);
    expect((await idem.read(order)).status).toBe("completed");
  });

  test("to a server that says nothing delays no order (E6)", async () => {
    const { body } = await mailFault("silent", 2);
    const began = Date.now();
    const order = await idem.place(body);
    await idem.reaches(order, "completed");
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(await idem.mailed(order, 2)).toEqual(["confirmation", "shipped"]);
  });

  test("to a server that hangs for 25 s before it asks for the message is sent within 30 s of its return (E6)", async () => {
    const body = idem.order();
    const { email: to } = body.customer;
    const hangs = await idem.outside.fault("mail-rcpt", "silent", { to, count: -1 });
    const order = await idem.place(body);
    await idem.reaches(order, "completed");
    await stays("no email", async () => (await copies(order)) === 0, 25_000);
    expect(await idem.outside.hits(hangs)).toBeGreaterThan(1);
    await idem.outside.heal(hangs);
    await waitFor("both emails", async () => (await idem.mailKinds(order)).length === 2, 30_000);
    await waitFor("the run to close", async () => (await idem.runStatus(`order/${order.id}`)) === "COMPLETED");
    expect([await copies(order), (await idem.read(order)).attention]).toEqual([2, null]);
    expect(await idem.eventTypes(order)).not.toContain("email.unknown");
  });

  test("of unknown outcome is said to be so and repeated after 10 s, under its Message-ID (E6)", async () => {
    const { body } = await mailFault("drop-after", 1);
    const order = await idem.place(body);
    await idem.reaches(order, "completed");
    await waitFor("the repeat", async () => (await copies(order)) === 3);
    expect(await idem.mailKinds(order)).toEqual(["confirmation", "shipped"]);
    const confirmations = (await idem.outside.mails(body.customer.email)).filter(({ messageId }) =>
      messageId?.includes("confirmation"),
    );
    const [first, second] = confirmations.map(({ time }) => time);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(9.5);
    await waitFor(
      "sent",
      async () => (await idem.eventTypes(order)).filter((type) => type === "email.sent").length === 2,
    );
    expect((await idem.eventTypes(order)).filter((type) => type === "email.unknown")).toHaveLength(1);
  });

  test("of unknown outcome is not retried after EMAIL_GIVE_UP_AFTER: an operator is needed, and the order goes on (E6)", async () => {
    const { body, fault } = await mailFault("drop-after", -1);
    await idem.outside.hold({ amount: body.total });
    const { base } = await idem.anotherApi({ EMAIL_GIVE_UP_AFTER: "5s" });
    const order = await idem.place(body, randomUUID(), new Caller(base, idem.acme.apiKey));
    const { attention } = await idem.reaches(order, "needs_attention");
    expect(attention).toMatchObject({ step: "email/confirmation", cause: "email_undelivered", amount: 0 });
    const unknown = (await idem.events(order)).filter(({ type }) => type === "email.unknown");
    expect(unknown.map(({ data }) => data["last"])).toEqual([false, true]);
    await idem.outside.heal(fault);
    await idem.outside.release({ amount: body.total });
    await waitFor("the capture", async () => (await idem.read(order)).amounts.captured === body.total);
    const resend = () => idemCli(idem.env, "emails", "resend", "--order", order.id);
    expect((await resend()).stdout).toBe(`${order.id}\n1 emails are sent again\n`);
    await idem.reaches(order, "completed");
    expect((await resend()).stdout).toBe("0 emails are sent again\n");
    await waitFor(
      "the email",
      async () => (await idem.eventTypes(order)).filter((type) => type === "email.sent").length === 2,
    );
    const ids = (await idem.outside.mails(body.customer.email)).map(({ messageId }) => messageId);
    expect(ids.filter((id) => id === `<confirmation.${order.id}@shop.example>`)).toHaveLength(3);
  });

  test("that was never taken goes out all the same when its repeat finds the server down (E6)", async () => {
    const { body } = await mailFault("drop-before", 1);
    const { email: to } = body.customer;
    const down = await idem.outside.fault("mail", "fail-before", { to, count: -1 });
    await idem.outside.hold({ amount: body.total });
    const order = await idem.place(body);
    await waitFor("the repeat", async () => (await idem.outside.hits(down)) > 0, 20_000);
    await idem.outside.heal(down);
    await waitFor("the email", async () => (await copies(order)) === 1, 30_000);
    expect(await idem.mailKinds(order)).toEqual(["confirmation"]);
  });

  test("that the server refuses for good is not tried again and holds up nothing (E6)", async () => {
    const { body, fault } = await mailFault("refuse", 1);
    const order = await idem.place(body);
    await idem.reaches(order, "completed");
    await waitFor("the run to close", async () => (await idem.runStatus(`order/${order.id}`)) === "COMPLETED");
    expect(await idem.mailKinds(order)).toEqual(["shipped"]);
    expect(await idem.eventTypes(order)).toContain("email.refused");
    expect(await idem.outside.hits(fault)).toBe(1);
  });
});

describe("while Temporal is away", () => {
  test("an event is taken and applied when it is back (section 5, K10)", async () => {
    const order = await silentlyHeld();
    await idem.outside.advance(order.id, "shipped", { notify: false });
    idem.proxies.temporal.cut();
    expect(await idem.outside.webhook({ ...shipped, order: order.id })).toEqual([204]);
    await stays("unapplied", async () => (await idem.read(order)).status === "confirmed", 600);
    idem.proxies.temporal.mend();
    await idem.reaches(order, "shipped");
  });
});
