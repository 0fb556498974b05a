import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { findingOf } from "../rig/reconcile.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

/** The comparison reads every page of what the provider lists, and every open order (M12). */

let idem: TestApp;
let stripe: Stripe;
beforeAll(async () => {
  idem = await TestApp.start(13);
  const { hostname: host, port } = new URL(idem.env["STRIPE_API_BASE"] ?? "");
  stripe = new Stripe("sk_test_somebody", { host, port: Number(port), protocol: "http", telemetry: false });
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

/** The provider lists at most 100 at once; the order database 200. */
const PAGE = 100;
const BATCH = 200;

/** What was compared in all: of what belongs to no order a tenant is shown no count. */
const checked = async () => {
  const { rows } = await idem.db.query(
    "select result->'checked' as checked from reconciliations order by id desc limit 1",
  );
  return rows[0].checked;
};

/** An order of whose payment and refunds no event comes, and which no poll finds out about. */
async function unreported(order: PlacedOrder): Promise<PlacedOrder> {
  await waitFor("its events", async () => (await idem.outside.webhooks(order.id)).every(({ owed }) => !owed));
  await idem.outside.fault("webhook", "drop-before", { order: order.id, count: -1 });
  return order;
}

const payOutsideIdem = (capture: "manual" | "automatic") =>
  stripe.paymentIntents.create({
    amount: 100_000,
    currency: "eur",
    payment_method: "pm_card_visa",
    capture_method: capture === "manual" ? "manual" : "automatic",
    confirm: true,
    return_url: "https://example.com",
    metadata: { orderId: "somebody-else" },
  });

describe("the comparison finds behind the first page", () => {
  test("a capture of which no event came", async () => {
    const order = await unreported(await idem.held());
    const { payment } = await idem.read(order);
    await stripe.paymentIntents.capture(payment.reference);
    for (let made = 0; made <= PAGE; made++) await payOutsideIdem("manual");
    const { detail } = await findingOf(idem, order.id, "payment_differs");
    expect(detail).toContain(String(order.body.total));
    expect((await checked()).payments).toBeGreaterThan(PAGE);
    await waitFor("it to be recorded", async () => (await idem.eventTypes(order)).includes("payment.captured_outside"));
    await idem.outside.reset("somebody-else");
    await idem.outside.advance(order.id, "shipped", { notify: false });
    await idem.outside.heal();
    await idem.outside.advance(order.id, "delivered");
    const { amounts } = await idem.reaches(order, "completed");
    const captures = (await idem.outside.ledger(order.id, "capture")).map(({ amount }) => amount);
    expect([amounts.captured, captures]).toEqual([order.body.total, [order.body.total]]);
  });

  test("a refund that failed after all and of which no event came", async () => {
    await idem.outside.config({ refundDelayMs: 6_000 });
    const order = await idem.completed({ method: "pm_card_refundFailLate" });
    const { id } = (await idem.refund(order, { amount: 300 })).json;
    await waitFor("the refund", async () => (await idem.read(order)).amounts.refunded === 300);
    await unreported(order);
    await waitFor("its failure", async () => (await idem.outside.kinds(order.id)).includes("refund-failed"));
    const { id: other } = await payOutsideIdem("automatic");
    for (let made = 0; made <= PAGE; made++) await stripe.refunds.create({ payment_intent: other, amount: 10 });
    const { detail } = await findingOf(idem, order.id, "refund_differs");
    expect(detail).toContain(id);
    expect((await checked()).refunds).toBeGreaterThan(PAGE);
    await waitFor("the money to be back", async () => (await idem.read(order)).amounts.refunded === 0);
    await idem.outside.reset("somebody-else");
    await idem.resolve(order, "skip");
    await waitFor("nothing open", async () => (await idem.read(order)).attention === null);
  });

  test("a run that was lost among more open orders than one batch", async () => {
    const sku = await idem.stockedSku(1_000);
    await idem.outside.hold({ sku });
    const orders: PlacedOrder[] = [];
    while (orders.length <= BATCH)
      orders.push(...(await Promise.all(Array.from({ length: 20 }, () => idem.place(idem.order({ sku }))))));
    const newest = orders.at(-1) as PlacedOrder;
    const unsent =
      "select 1 from orders where closed_at is null and status <> 'confirmed' union all select 1 from emails where status = 'queued'";
    await waitFor("all to be confirmed and mailed", async () => (await idem.db.query(unsent)).rows.length === 0);
    await idem.db.query("update orders set updated_at = now() - interval '15 minutes' where closed_at is null");
    await idem.client.workflow.getHandle(`order/${newest.id}`).terminate("by hand");
    await findingOf(idem, newest.id, "run_lost");
    expect((await checked()).orders).toBeGreaterThan(BATCH);
    await idem.reaches(newest, "needs_attention");
    await idem.resolve(newest, "retry");
    await idem.outside.release({ sku });
    await idem.reaches(newest, "completed");
  });
});
