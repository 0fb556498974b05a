import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { retryWhileUnavailable } from "../rig/caller.js";
import { met } from "../rig/met.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(2, { LOOKUP_AFTER: "2s", PAYMENT_ACTION_TIMEOUT: "12s", APPROVAL_TIMEOUT: "12s" });
});
// One test has the provider authorize another amount.
afterAll(() => auditIsClean(idem, /^the provider's payment is of/).finally(() => idem.stop()));

const FREE = (onHand: number) => ({ onHand, reserved: 0, available: onHand });
const GOOD = ["authorization", "shipment", "capture"];
const asking = (changes = {}) => idem.place(idem.order({ method: "pm_card_authenticationRequired", ...changes }));
const onePayment = async (order: PlacedOrder) =>
  new Set((await idem.calls(order, "authorize")).map(({ key }) => key)).size;

describe.concurrent("a payment", () => {
  test.each([
    ["pm_card_chargeDeclined", "generic_decline"],
    ["pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"],
  ])("by %s is declined as %s: no money, stock, shipment or mail is left (K7, E1)", async (method, reason) => {
    const sku = await idem.stockedSku(2);
    const order = await idem.place(idem.order({ sku, method }));
    const now = await idem.reaches(order, "rejected");
    expect(now).toMatchObject({
      failure: { code: "payment_declined" },
      payment: { status: "declined" },
      shipments: [],
    });
    expect(now.amounts).toEqual({ total: order.body.total, authorized: 0, captured: 0, refunded: 0 });
    expect(await idem.outside.ledger(order.id)).toEqual([]);
    expect(await idem.stock(sku)).toEqual(FREE(2));
    const declined = (await idem.events(order)).find(({ type }) => type === "payment.declined");
    expect(declined).toMatchObject({ actor: "payment-provider", data: { reason } });
    await stays("no email", async () => (await idem.mailKinds(order)).length === 0);
  });

  test.each([
    ["too small an amount", { lines: [{ sku: "MUG-1", quantity: 1, unitPrice: 40 }], total: 40 }],
    ["an unknown method", { method: "pm_card_of_nobody" }],
  ])("with %s is refused as such and not tried again (section 2)", async (_name, changes) => {
    const order = await idem.place(idem.order(changes));
    const now = await idem.reaches(order, "rejected");
    expect(now).toMatchObject({ failure: { code: "payment_refused" }, payment: { status: "declined" } });
    expect(await idem.calls(order)).toHaveLength(1);
    await idem.leavesNothing(order);
  });

  test("carries the shop's reference, so that whoever sees it at the provider finds the order (section 5)", async () => {
    const order = await idem.completed();
    const { reference } = order.body;
    const [call] = await idem.calls(order, "authorize");
    expect(call?.params).toMatchObject({
      description: `Order ${reference}`,
      metadata: { orderId: order.id, reference },
    });
    const { reference: _none, ...unnamed } = idem.order();
    const other = await idem.place(unnamed as never);
    await idem.reaches(other, "completed");
    const [silent] = await idem.calls(other, "authorize");
    expect(silent?.params).not.toHaveProperty("description");
    expect(silent?.params).not.toHaveProperty("metadata.reference");
  });

  test("of an order that an older build accepted is the same request each time: without the reference (E3)", async () => {
    const order = await idem.placeWith("authorize", "drop-before", { count: 100 });
    await idem.alter(order, "update orders set policy = policy - 'sendsReference' where id = $1");
    const calls = () => idem.calls(order, "authorize");
    const isSilent = async () => !JSON.stringify((await calls()).at(-1)?.params ?? "reference").includes("reference");
    await waitFor("a call without the reference", isSilent);
    await idem.outside.heal(order.fault);
    await idem.reaches(order, "completed");
    expect((await calls()).at(-1)?.params).not.toHaveProperty("description");
    expect(await isSilent()).toBe(true);
  });

  test("of nothing asks the provider nothing and is fulfilled all the same (section 2)", async () => {
    const { payment: _none, ...free } = idem.order();
    const gift = { kind: "discount", label: "Gift", amount: -free.total };
    const order = await idem.place({ ...free, adjustments: [gift], total: 0 } as never);
    const now = await idem.reaches(order, "completed");
    expect(now.payment).toEqual({ status: "none", reference: null });
    expect(now.amounts).toEqual({ total: 0, authorized: 0, captured: 0, refunded: 0 });
    expect((await idem.calls(order)).map(({ provider }) => provider)).toEqual(["warehouse"]);
  });

  test.each([
    ["JPY", 1],
    ["KWD", 1],
    ["ISK", 100],
    ["UGX", 100],
  ])(
    "in %s reaches the provider times %s and the order database as it was sent (section 1)",
    async (currency, factor) => {
      const order = await idem.place(idem.order({ currency }));
      const now = await idem.reaches(order, "completed");
      const rows = (await idem.outside.ledger(order.id)).filter(
        ({ kind }) => kind === "capture" || kind === "authorization",
      );
      expect(rows.map(({ amount }) => amount)).toEqual([order.body.total * factor, order.body.total * factor]);
      expect(now.amounts.captured).toBe(order.body.total);
    },
  );

  test("names its order to the provider and carries a key derived from order and step alone (E3)", async () => {
    const order = await idem.completed();
    const calls = await idem.calls(order);
    const [shipment] = (await idem.read(order)).shipments;
    expect(calls.map(({ key }) => key)).toEqual([
      `${order.id}/authorize`,
      `${order.id}/request/${shipment.id}`,
      `${order.id}/capture/${shipment.id}`,
    ]);
    expect(calls.map(({ params }) => (params as { metadata?: object }).metadata)).toEqual([
      { orderId: order.id, tenant: expect.stringMatching(/^\w{8,64}$/), reference: order.body.reference },
      undefined,
      { orderId: order.id, shipmentId: shipment.id },
    ]);
    for (const secret of [order.key, order.body.customer.email, order.body.customer.name]) {
      expect(JSON.stringify(calls.filter(({ provider }) => provider === "stripe"))).not.toContain(secret);
    }
  });
});

describe.concurrent("a payment whose outcome is unknown", () => {
  test.each([
    ["drop-before", 3],
    ["drop-after", 3],
    ["fail-before", 2],
    ["fail-after", 1],
    ["silent", 1],
    ["silent-after", 1],
    ["limit", 2],
    ["delay-after", 1],
  ] as const)("because of %s is asked for again under one key and made once (E4, M9)", async (action, count) => {
    const order = await idem.placeWith("authorize", action, { count, delayMs: 2_500 });
    await idem.reaches(order, "completed");
    await met(idem, order.fault, action, count);
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    expect(await onePayment(order)).toBe(1);
    const asked = (await idem.calls(order, "authorize")).map(({ params }) => JSON.stringify(params));
    expect(new Set(asked).size).toBe(1);
  });

  test("is shown as unknown, and the order stays accepted (E4)", async () => {
    const order = await idem.placeWith("authorize", "fail-before", { count: -1 });
    await waitFor("unknown", async () => (await idem.read(order)).payment.status === "unknown");
    expect((await idem.read(order)).status).toBe("accepted");
    expect((await idem.eventTypes(order)).filter((type) => type === "payment.unknown")).toHaveLength(1);
    await idem.outside.heal(order.fault);
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });

  test("becomes known by its event, whether or not an answer ever comes (E8, M13)", async () => {
    const order = await idem.placeWith("authorize", "silent-after", { count: -1 });
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
  });

  test("of another amount moves nothing and needs an operator (E4, M12)", async () => {
    const order = await idem.placeWith("authorize", "wrong-amount");
    const now = await idem.reaches(order, "needs_attention");
    expect(now.attention).toMatchObject({ step: "authorize", cause: "payment_mismatch", actions: ["skip"] });
    await stays("nothing shipped or captured", async () => (await idem.outside.kinds(order.id)).length === 1);
    await idem.resolve(order, "skip");
    await idem.reaches(order, "cancelled");
    await idem.leavesNothing(order);
  });

  test("of an amount that is no whole one in its currency needs an operator too (E4, section 1)", async () => {
    const body = idem.order({ currency: "ISK" });
    const asked = body.total * 100;
    const order = await idem.placeWith("authorize", "wrong-amount", { amount: asked, amountGiven: asked + 1 }, body);
    expect((await idem.reaches(order, "needs_attention")).attention.cause).toBe("payment_mismatch");
    await idem.resolve(order, "skip");
    await idem.reaches(order, "cancelled");
    await idem.leavesNothing(order);
  });
});

describe.concurrent("a customer who must act", () => {
  test("is shown where to go, sent an email, and the order goes on when they did (section 2)", async () => {
    const order = await asking();
    const now = await idem.reaches(order, "awaiting_payment");
    expect(now.payment).toMatchObject({ status: "pending", nextAction: { type: "redirect" } });
    expect(now.payment.nextAction.url).toMatch(/^http/);
    const [mail] = await waitFor("the email", async () => {
      const mails = await idem.outside.mails(order.body.customer.email);
      return mails.length > 0 ? mails : null;
    });
    expect(JSON.stringify(mail)).toContain(now.payment.nextAction.url);
    await idem.outside.customer(order.id);
    const done = await idem.reaches(order, "completed");
    expect(done.payment).not.toHaveProperty("nextAction");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    expect(await idem.mailed(order, 3)).toEqual(["action-needed", "confirmation", "shipped"]);
  });

  test.each([
    ["complete", "/payment-confirmed", "Thank you"],
    ["fail", "/payment-not-confirmed", "nothing was charged"],
  ])(
    "comes back, with the outcome %s, to a page that says so, at %s: no secret is in its address",
    async (outcome, path, said) => {
      const order = await asking();
      const { payment } = await idem.reaches(order, "awaiting_payment");
      const body = new URLSearchParams({ outcome });
      const left = await fetch(payment.nextAction.url, { method: "POST", body, redirect: "manual" });
      expect(left.headers.get("Location")).toContain("_secret_");
      const page = await fetch(left.headers.get("Location") ?? "");
      expect([page.url, page.redirected]).toEqual([`${idem.base}${path}`, true]);
      expect(await page.text()).toContain(said);
      await idem.reaches(order, "completed", "rejected");
    },
  );

  test("and fails ends the order as declined, with an email (section 2, E6)", async () => {
    const sku = await idem.stockedSku(1);
    const order = await asking({ sku });
    await idem.reaches(order, "awaiting_payment");
    await idem.outside.customer(order.id, "fail");
    expect((await idem.reaches(order, "rejected")).failure.code).toBe("payment_declined");
    expect(await idem.stock(sku)).toEqual(FREE(1));
    await idem.leavesNothing(order);
    expect(await idem.mailed(order, 2)).toEqual(["action-needed", "rejected"]);
  });

  test("and does nothing loses the order at the deadline; the payment can succeed no more (section 8)", async () => {
    const sku = await idem.stockedSku(1);
    const order = await asking({ sku });
    await idem.reaches(order, "awaiting_payment");
    const now = await idem.reaches(order, "rejected");
    expect([now.failure.code, now.payment.status]).toEqual(["payment_expired", "voided"]);
    expect((await idem.outside.payments(order.id)).map(({ status }) => status)).toEqual(["canceled"]);
    expect(await idem.outside.customer(order.id)).toBe(0);
    expect(await idem.stock(sku)).toEqual(FREE(1));
    expect(await idem.mailed(order, 2)).toEqual(["action-needed", "rejected"]);
  });

  test("and of whose success no event came before the deadline gets the money back (E8, E1)", async () => {
    const order = await asking();
    await idem.reaches(order, "awaiting_payment");
    await idem.outside.fault("webhook", "drop-before", { order: order.id, count: -1 });
    await idem.outside.customer(order.id);
    expect((await idem.reaches(order, "rejected")).failure.code).toBe("payment_expired");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "void"]);
  });
});

describe.concurrent("money that comes too late", () => {
  test.each([true, false])("after a cancel is returned by itself, captured: %s (E8)", async (captured) => {
    const order = await asking();
    await idem.reaches(order, "awaiting_payment");
    await idem.cancel(order);
    await idem.reaches(order, "cancelled");
    await idem.outside.lateSuccess(order.id, captured);
    await waitFor("the money to be back", async () => {
      const { live, net } = await idem.outside.money(order.id);
      return (await idem.outside.kinds(order.id)).length >= 2 && live === 0 && net === 0;
    });
    const resolved = async () =>
      (await idem.eventTypes(order)).includes(captured ? "refund.succeeded" : "payment.voided");
    await waitFor("the order database to know", resolved);
    const { status, amounts } = await idem.read(order);
    expect([status, amounts.captured - amounts.refunded]).toEqual(["cancelled", 0]);
    expect(await idem.eventTypes(order)).toContain("payment.late");
  });

  test("after a void that was done before it came is voided by another, under a key of its own (E8)", async () => {
    const order = await asking();
    await idem.reaches(order, "awaiting_payment");
    await idem.cancel(order);
    await idem.reaches(order, "cancelled");
    await idem.alter(
      order,
      `insert into operations (order_id, name, position, key, round, amount, first_attempt_at, result, decided_at)
       select order_id, 'void/late', 100, key || '/late', 1, amount, first_attempt_at, result, decided_at from operations
       where order_id = $1 and name = 'void'`,
    );
    await idem.outside.lateSuccess(order.id, false);
    await waitFor("the order database to know", async () => (await idem.eventTypes(order)).includes("payment.voided"));
    await idem.leavesNothing(order);
    const keys = (await idem.calls(order, "void")).map(({ key }) => key);
    expect([keys.length, new Set(keys).size]).toEqual([2, 2]);
  });

  test("after the customer's deadline is returned by itself and the order stays rejected (E8)", async () => {
    const order = await asking();
    await idem.reaches(order, "rejected");
    await idem.outside.lateSuccess(order.id);
    await waitFor("the refund", async () => (await idem.outside.money(order.id)).refunded === order.body.total);
    expect((await idem.read(order)).status).toBe("rejected");
  });
});

describe.concurrent("an order dear enough", () => {
  test("waits for an operator with the money held and nothing asked of the warehouse, and goes on when approved", async () => {
    const order = await idem.place(idem.dear());
    const now = await idem.reaches(order, "awaiting_approval");
    expect([now.payment.status, now.amounts.authorized]).toEqual(["authorized", order.body.total]);
    expect(await idem.outside.shipments(order.id)).toEqual([]);
    const answer = await idem.decide(order, "approve");
    expect(answer.status).toBe(200);
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(GOOD);
    const approved = (await idem.events(order)).find(({ type }) => type === "approval.approved");
    expect(approved?.actor).toBe("operator");
  });

  test("ends rejected with nothing left when declined, and the customer gets an email (E1, E6)", async () => {
    const sku = await idem.stockedSku(1);
    const order = await idem.place(idem.dear({ sku }));
    await idem.reaches(order, "awaiting_approval");
    await idem.decide(order, "decline");
    expect((await idem.reaches(order, "rejected")).failure.code).toBe("approval_declined");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "void"]);
    expect(await idem.stock(sku)).toEqual(FREE(1));
    expect(await idem.mailed(order, 1)).toEqual(["rejected"]);
  });

  test("ends rejected with nothing left when no operator decides in time (section 8)", async () => {
    const order = await idem.place(idem.dear());
    await idem.reaches(order, "awaiting_approval");
    expect((await idem.reaches(order, "rejected")).failure.code).toBe("approval_expired");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "void"]);
  });

  test("is not asked about below the threshold, and asked about at it (section 8)", async () => {
    const threshold = Number(idem.env["APPROVAL_THRESHOLD"]);
    const at = (total: number) => idem.order({ lines: [{ sku: "MUG-1", quantity: 1, unitPrice: total }], total });
    const [below, exactly] = [await idem.place(at(threshold - 1)), await idem.place(at(threshold))];
    await idem.reaches(exactly, "awaiting_approval");
    await idem.reaches(below, "completed");
    expect(await idem.eventTypes(below)).not.toContain("approval.requested");
  });

  test("takes one decision: its repeat succeeds, every other one is refused (K5, M6)", async () => {
    const order = await idem.place(idem.dear());
    await idem.reaches(order, "awaiting_approval");
    const key = randomUUID();
    expect((await idem.decide(order, "approve", { key })).replayed).toBe(false);
    expect((await idem.decide(order, "approve", { key })).replayed).toBe(true);
    expect((await idem.decide(order, "decline", { key })).problem).toBe("idempotency-key-reused");
    expect((await idem.decide(order, "decline")).problem).toBe("not-awaiting-decision");
    await idem.reaches(order, "completed");
    expect((await idem.decide(order, "approve", { key })).json.status).toBe("completed");
  });

  test("takes one of ten decisions at one moment (M16)", async () => {
    const order = await idem.place(idem.dear());
    await idem.reaches(order, "awaiting_approval");
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        retryWhileUnavailable((key) => idem.decide(order, index % 2 ? "approve" : "decline", { key })),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ problem }) => problem === "not-awaiting-decision")).toHaveLength(9);
    const decided = (type: string) => type === "approval.approved" || type === "approval.declined";
    await waitFor("the decision", async () => (await idem.eventTypes(order)).some(decided));
    expect((await idem.eventTypes(order)).filter(decided)).toHaveLength(1);
  });

  test("is not decided before it waits, nor when it never will (section 7)", async () => {
    const order = await idem.held();
    expect((await idem.decide(order, "approve")).problem).toBe("not-awaiting-decision");
  });
});

const NEW_ADDRESS = { name: "Grace", line1: "2 Low Rd", city: "Leeds", postalCode: "LS1 1AA", country: "GB" };

describe.concurrent("an address", () => {
  const move = (order: PlacedOrder, key?: string, shipTo: object = NEW_ADDRESS) =>
    idem.acme.post(`${order.path}/address`, { shipTo }, key === undefined ? {} : { key });
  const sentTo = async (order: PlacedOrder) =>
    (await idem.calls(order, "ship")).map(({ params }) => (params as { shipTo: object }).shipTo);

  test("that is changed while the customer must act is where the shipment goes, and the order's key stays its own (section 2)", async () => {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    const key = randomUUID();
    const moved = await move(order, key);
    expect([moved.status, moved.json.shipTo, moved.replayed]).toEqual([200, NEW_ADDRESS, false]);
    const repeat = await idem.acme.post("/v1/orders", order.body, { key: order.key });
    expect([repeat.status, repeat.text, repeat.replayed]).toEqual([202, order.answer.text, true]);
    await idem.outside.customer(order.id);
    const now = await idem.reaches(order, "completed");
    expect(now).toMatchObject({ shipTo: NEW_ADDRESS, customer: order.body.customer, lines: order.body.lines });
    expect(await sentTo(order)).toEqual([NEW_ADDRESS]);
    expect((await idem.events(order)).filter(({ type }) => type === "address.changed")).toMatchObject([
      { actor: "merchant", data: {} },
    ]);
    expect((await move(order)).problem).toBe("address-fixed");
    const again = await move(order, key);
    expect([again.status, again.replayed, again.json.status]).toEqual([200, true, "completed"]);
    expect((await move(order, key, order.body.shipTo)).problem).toBe("idempotency-key-reused");
  });

  test("is fixed once a shipment is requested or the order is cancelled, and a foreigner's to nobody (M17)", async () => {
    const order = await idem.held();
    expect((await move(order)).problem).toBe("address-fixed");
    expect((await idem.read(order)).shipTo).toEqual(order.body.shipTo);
    await idem.cancel(order);
    expect((await move(order)).problem).toBe("address-fixed");
    expect((await idem.globex.post(`${order.path}/address`, { shipTo: NEW_ADDRESS })).problem).toBe("not-found");
    expect((await idem.operator.post(`${order.path}/address`, { shipTo: NEW_ADDRESS })).problem).toBe("forbidden");
    expect((await move(order, undefined, { ...NEW_ADDRESS, country: "XX" })).problem).toBe("invalid-request");
  });

  test("that is changed at the moment of the approval is the shipment's, or is refused", async () => {
    const orders = await Promise.all(Array.from({ length: 8 }, () => idem.place(idem.dear())));
    const outcomes = await Promise.all(
      orders.map(async (order) => {
        await idem.reaches(order, "awaiting_approval");
        const [moved] = await Promise.all([move(order), idem.decide(order, "approve")]);
        const { shipTo } = await idem.reaches(order, "completed");
        expect(await sentTo(order)).toEqual([shipTo]);
        expect(shipTo).toEqual(moved.status === 200 ? NEW_ADDRESS : order.body.shipTo);
        return moved.problem ?? "moved";
      }),
    );
    expect(["moved", "address-fixed"]).toEqual(expect.arrayContaining(outcomes));
  });

  test("that the warehouse refuses is corrected, and the shipment goes there when an operator retries", async () => {
    const order = await idem.placeWith("ship", "refuse", { count: 1 });
    await idem.reaches(order, "needs_attention");
    expect((await move(order)).status).toBe(200);
    await idem.resolve(order, "retry");
    await idem.reaches(order, "completed");
    expect(await sentTo(order)).toEqual([order.body.shipTo, NEW_ADDRESS]);
  });
});
