import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { splitOrder } from "../rig/split-order.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

/** What providers report early, late, in an unusual order or against what is on record (E7, E8, M13). */

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(10, { LOOKUP_AFTER: "2s" });
});
// Units that left after their shipment was recalled or failed are for an operator: money and stock stay as they were.
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

type Report = "shipped" | "delivered" | "failed";

/** The warehouse reports this of a shipment, whatever it reported before. */
async function report(order: PlacedOrder, type: Report, shipment?: string): Promise<void> {
  const id = shipment ?? (await idem.read(order)).shipments[0].id;
  await idem.outside.advance({ shipment: id }, type, { notify: false });
  const object = { id, orderId: order.id, carrier: "Van", trackingNumber: type, reason: "damaged" };
  const statuses = await idem.outside.webhook({ provider: "fulfilment", type: `shipment.${type}`, object });
  expect(statuses).toEqual([204]);
}

const closes = (order: PlacedOrder) =>
  waitFor("the run to close", async () => (await idem.runStatus(`order/${order.id}`)) === "COMPLETED");

const isReported = async (order: PlacedOrder) => (await idem.read(order)).attention?.cause === "late_report";

/** The timeline without what is said of emails. */
const recorded = async (order: PlacedOrder) =>
  (await idem.eventTypes(order)).filter((type) => type.startsWith("shipment.") && type !== "shipment.requested");

/** Everything that was stored of these orders has reached their runs, of which no worker executes any. */
async function isSignalled(orders: PlacedOrder[]): Promise<void> {
  const waiting = "select 1 from outbox where order_id = any($1)";
  await waitFor("every signal to be delivered", async () => {
    return (await idem.db.query(waiting, [orders.map(({ id }) => id)])).rows.length === 0;
  });
}

describe("facts that reach a run in one workflow task", () => {
  test("are applied in the order in which they were stored, by whomever, and no run ends before its order is closed (E7, E8)", async () => {
    const [lost, late, cancelled, refunded, reversed] = [
      await idem.held(),
      await idem.held(),
      await idem.held(),
      await idem.held(),
      await idem.held(),
    ];
    await idem.worker.stop();
    for (const type of ["shipped", "failed"] as const) await report(lost, type);
    for (const type of ["failed", "shipped"] as const) await report(late, type);
    await report(cancelled, "shipped");
    for (const type of ["shipped", "failed"] as const) await report(refunded, type);
    for (const type of ["delivered", "shipped"] as const) await report(reversed, type);
    expect((await idem.read(cancelled)).status).toBe("confirmed");
    // Not applied yet, and known all the same.
    expect((await idem.cancel(cancelled)).problem).toBe("order-not-cancellable");
    expect((await idem.refund(refunded)).problem).toBe("refund-exceeds-captured");
    await isSignalled([lost, late, cancelled, refunded, reversed]);
    await idem.worker.start();

    for (const order of [lost, refunded]) {
      const now = await idem.reaches(order, "completed");
      expect(await recorded(order)).toEqual(["shipment.shipped", "shipment.failed"]);
      expect(now.shipments[0].status).toBe("failed");
      await closes(order);
      expect(await idem.outside.money(order.id)).toMatchObject({ live: 0, captured: order.body.total, net: 0 });
    }
    await idem.reaches(late, "cancelled");
    await closes(late);
    expect(await recorded(late)).toEqual(["shipment.failed", "shipment.late"]);
    expect(await idem.outside.money(late.id)).toEqual({ live: 0, captured: 0, refunded: 0, net: 0 });
    expect(await isReported(late)).toBe(true);
    const shipped = await idem.reaches(cancelled, "shipped");
    expect(shipped.amounts.captured + (await idem.outside.money(cancelled.id)).live).toBe(cancelled.body.total);
    expect(await idem.eventTypes(cancelled)).not.toContain("cancel.requested");
    await report(cancelled, "delivered");
    for (const order of [cancelled, reversed]) {
      await idem.reaches(order, "completed");
      expect(await recorded(order)).toEqual(["shipment.shipped", "shipment.delivered"]);
    }
  });
});

describe("an authorization that an event reported before its answer", () => {
  test.each([
    ["comes later", "webhook-first"],
    ["never comes", "silent-after"],
  ] as const)("which %s leaves each parcel its share and the money its deadline (E8, E9)", async (_when, action) => {
    await idem.outside.config({ multicapture: true }); // for every test, so no other runs meanwhile
    const { order, parts } = await splitOrder(idem, {
      prepare: (amount) => idem.outside.fault("authorize", action, { amount, delayMs: 900 }),
    });
    await idem.outside.config({ multicapture: false });
    const [first, second] = parts;
    const deadline = "select capture_before from orders where id = $1";
    await idem.outside.advance({ shipment: first?.id ?? "" }, "shipped");
    const captures = async () => (await idem.outside.ledger(order.id, "capture")).map(({ amount }) => amount);
    await waitFor("the first share", async () => (await captures()).length === 1);
    expect(await captures()).toEqual([first?.share]);
    expect((await idem.db.query(deadline, [order.id])).rows[0].capture_before).toBeInstanceOf(Date);
    expect((await idem.outside.money(order.id)).live).toBe(second?.share);
    for (const part of parts) await idem.outside.advance({ shipment: part.id }, "delivered");
    await idem.reaches(order, "completed");
    expect(await captures()).toEqual([first?.share, second?.share]);
  });
});

describe.concurrent("a shipment that was recalled or failed", () => {
  test.each(["shipped", "delivered"] as const)(
    "and is reported %s after its order was cancelled is on record and needs an operator (E8)",
    async (type) => {
      const order = await idem.held();
      await idem.cancel(order);
      await idem.reaches(order, "cancelled");
      await closes(order);
      await report(order, type);
      await waitFor("an operator to be needed", () => isReported(order));
      expect((await idem.read(order)).status).toBe("cancelled");
      expect((await idem.events(order)).find((event) => event.type === "shipment.late")?.data["status"]).toBe(type);
      await idem.leavesNothing(order);
      await idem.resolve(order, "skip");
      await waitFor("it to be cleared", async () => (await idem.read(order)).attention === null);
    },
  );

  test.each(["shipped", "delivered"] as const)(
    "and is reported %s while another goes on is on record and needs an operator (E8)",
    async (type) => {
      const { order, parts } = await splitOrder(idem);
      const [east, north] = parts;
      await report(order, "failed", east?.id);
      await waitFor("the failure", async () => (await recorded(order)).includes("shipment.failed"));
      await report(order, type, east?.id);
      await waitFor("an operator to be needed", () => isReported(order));
      expect((await idem.read(order)).attention.amount).toBe(east?.share);
      await idem.resolve(order, "skip");
      await idem.outside.advance({ shipment: north?.id ?? "" }, "delivered");
      const { amounts } = await idem.reaches(order, "completed");
      expect(amounts.captured - amounts.refunded).toBe(north?.share);
      expect((await recorded(order)).filter((one) => one === "shipment.late")).toHaveLength(1);
    },
  );
});

test("a shipment that is reported lost after its delivery is on record, needs an operator and moves no money (E8)", async () => {
  const order = await idem.completed();
  const effects = await idem.outside.ledger(order.id);
  await report(order, "failed");
  await waitFor("an operator to be needed", () => isReported(order));
  const { status, shipments, amounts } = await idem.read(order);
  expect([status, shipments[0]?.status, amounts.refunded]).toEqual(["completed", "delivered", 0]);
  await idem.resolve(order, "skip");
  await waitFor("the attention to be cleared", async () => (await idem.read(order)).attention === null);
  expect(await idem.outside.ledger(order.id)).toEqual(effects);
});

describe.concurrent("a PaymentIntent in its first state, requires_payment_method, is no decline (section 5)", () => {
  const types = [
    "payment_intent.created",
    "payment_intent.requires_action",
    "payment_intent.amount_capturable_updated",
  ];
  const firstState = (order: PlacedOrder, id: string) => ({
    object: "payment_intent",
    id,
    status: "requires_payment_method",
    amount: order.body.total,
    currency: "eur",
    amount_capturable: 0,
    amount_received: 0,
    latest_charge: null,
    last_payment_error: null,
    next_action: null,
    metadata: { orderId: order.id },
  });
  const send = async (order: PlacedOrder, id: string) => {
    for (const type of types) {
      expect(await idem.outside.webhook({ type, object: firstState(order, id) })).toEqual([204]);
    }
    const unapplied = "select 1 from provider_events where order_id = $1 and applied_at is null";
    await waitFor("them to be applied", async () => (await idem.db.query(unapplied, [order.id])).rows.length === 0);
  };

  test("of an order whose customer must act", async () => {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    const { payment } = await idem.reaches(order, "awaiting_payment");
    await send(order, payment.reference);
    expect((await idem.read(order)).status).toBe("awaiting_payment");
    await idem.outside.customer(order.id);
    await idem.reaches(order, "completed");
    expect(await idem.eventTypes(order)).not.toContain("payment.declined");
  });

  test("of an order whose answer is late", async () => {
    const order = await idem.placeWith("authorize", "delay-after", { delayMs: 3_000 });
    const made = await waitFor("the payment", async () => (await idem.outside.payments(order.id))[0]);
    await send(order, made.id);
    await idem.reaches(order, "completed");
    const recorded = await idem.eventTypes(order);
    expect(recorded.filter((type) => /^payment\.(declined|mismatch)|^event\./.test(type))).toEqual([]);
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "capture"]);
  });
});

describe.concurrent("an action-needed email of unknown outcome", () => {
  test("is not repeated after its order was cancelled (E6)", async () => {
    const body = idem.order({ method: "pm_card_authenticationRequired" });
    const to = body.customer.email;
    await idem.outside.fault("mail", "drop-after", { to, count: 1 });
    const order = await idem.place(body);
    await waitFor("it to be said", async () => (await idem.eventTypes(order)).includes("email.unknown"));
    await idem.cancel(order);
    await idem.reaches(order, "cancelled");
    await waitFor("it to be superseded", async () => (await idem.eventTypes(order)).includes("email.superseded"));
    await closes(order);
    expect(await idem.mailKinds(order)).toEqual(["action-needed", "cancelled"]);
    // The first pause is 10 s: longer than that nothing goes out any more.
    await stays("two copies", async () => (await idem.outside.mails(to)).length === 2, 11_000);
  });
});
