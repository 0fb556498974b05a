import { setTimeout as pause } from "node:timers/promises";
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idemCli } from "../rig/idem-cli.js";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { retryWhileUnavailable } from "../rig/caller.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

/** Commands that are accepted, and a purge that is made, at the moment at which facts are stored (M7, M16). */

let idem: TestApp;
let stripe: Stripe;
beforeAll(async () => {
  idem = await TestApp.start(14, { LOOKUP_AFTER: "2s" });
  const { hostname: host, port } = new URL(idem.env["STRIPE_API_BASE"] ?? "");
  stripe = new Stripe("sk_test_operator", { host, port: Number(port), protocol: "http", telemetry: false });
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

const TRIES = 6;
const times = <Value>(count: number, make: (at: number) => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => make(at)));

/** Several warehouse events of one kind at one moment, as a warehouse sends them that hears no answer. */
const reports = (order: PlacedOrder, type: string, object: object = {}) =>
  idem.outside.webhook({
    provider: "fulfilment",
    type,
    ...(Object.keys(object).length > 0 ? { object: { ...object } } : { order: order.id, which: "fresh" }),
    count: 3,
    parallel: true,
  });

const allFactsApplied = async (order: PlacedOrder) => {
  const unapplied = "select 1 from provider_events where order_id = $1 and applied_at is null";
  await waitFor("every fact to be applied", async () => (await idem.db.query(unapplied, [order.id])).rows.length === 0);
};

describe.concurrent("at one moment", () => {
  test("cancels and a shipped report: every cancel gets the one or the other answer, and one of the two happens (E7)", async () => {
    const orders = await times(TRIES, () => idem.held());
    await Promise.all(
      orders.map(async (order) => {
        const moved = idem.outside.advance(order.id, "shipped", { notify: false });
        const [answers] = await Promise.all([
          times(4, () => retryWhileUnavailable((key) => idem.cancel(order, {}, { key }))),
          moved.then((shipments) => (shipments.length > 0 ? reports(order, "shipment.shipped") : [])),
        ]);
        const statuses = new Set(answers.map(({ status }) => status));
        expect([...statuses].filter((status) => status !== 200 && status !== 409)).toEqual([]);
        await waitFor("its end", async () => {
          await idem.outside.advance(order.id, "delivered");
          return ["completed", "cancelled"].includes((await idem.read(order)).status);
        });
        await allFactsApplied(order);
        const { status, attention } = await idem.read(order);
        expect(attention).toBeNull();
        const types = await idem.eventTypes(order);
        expect(types.filter((type) => type === "cancel.requested").length).toBeLessThanOrEqual(1);
        expect(statuses.has(409) && status !== "completed").toBe(false);
        const { live, net } = await idem.outside.money(order.id);
        expect([live, net]).toEqual([0, status === "completed" ? order.body.total : 0]);
      }),
    );
  });

  test("refunds and reports of all kinds: never more than was captured, each refund once (E1)", async () => {
    const orders = await times(TRIES, () => idem.completed());
    await Promise.all(
      orders.map(async (order) => {
        const amount = Math.floor(order.body.total / 3);
        const [answers] = await Promise.all([
          times(5, () => retryWhileUnavailable((key) => idem.refund(order, { amount }, { key }))),
          reports(order, "shipment.shipped"),
          reports(order, "shipment.delivered"),
          idem.outside.webhook({ type: "payment_intent.succeeded", order: order.id, which: "fresh", count: 3 }),
        ]);
        const accepted = answers.filter(({ status }) => status === 202);
        expect(accepted).toHaveLength(3);
        expect(answers.filter(({ problem }) => problem === "refund-exceeds-captured")).toHaveLength(2);
        await waitFor("all three", async () => (await idem.read(order)).amounts.refunded === 3 * amount);
        await allFactsApplied(order);
        expect((await idem.outside.ledger(order.id, "refund")).map((row) => row.amount)).toEqual([
          amount,
          amount,
          amount,
        ]);
        expect((await idem.read(order)).attention).toBeNull();
      }),
    );
  });

  test("resolutions and the fact that clears the attention: one of them counts, the money is captured once (section 2)", async () => {
    const orders = await times(TRIES, async () => {
      const order = await idem.placeWith("capture", "decline");
      await idem.reaches(order, "needs_attention");
      return order;
    });
    await Promise.all(
      orders.map(async (order) => {
        const { payment } = await idem.read(order);
        const [answers] = await Promise.all([
          times(4, () => retryWhileUnavailable((key) => idem.resolve(order, "retry", {}, { key }))),
          stripe.paymentIntents.capture(payment.reference).catch(() => null), // the retry may come first
        ]);
        expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
        expect(answers.filter(({ status, problem }) => status !== 200 && problem !== "nothing-to-resolve")).toEqual([]);
        const { attention, amounts } = await idem.reaches(order, "completed");
        expect([attention, amounts.captured]).toEqual([null, order.body.total]);
        expect((await idem.outside.ledger(order.id, "capture")).map((row) => row.amount)).toEqual([order.body.total]);
      }),
    );
  });
});

describe("a purge and an event at one moment", () => {
  test("lose nothing: the order is purged or not, and what was reported stands with its attention (E8, section 6)", async () => {
    const orders = await times(2 * TRIES, async () => {
      const order = await idem.held();
      await idem.cancel(order);
      await idem.reaches(order, "cancelled");
      return order;
    });
    const shipments = await Promise.all(orders.map(async (order) => (await idem.read(order)).shipments[0].id));
    for (const order of orders) {
      await idem.mailed(order, 2);
      await waitFor("the run to close", async () => (await idem.runStatus(`order/${order.id}`)) === "COMPLETED");
      await waitFor("its events", async () => (await idem.outside.webhooks(order.id)).every(({ owed }) => !owed));
      await allFactsApplied(order);
    }
    await idem.db.query("update orders set closed_at = '2020-06-01', version = version + 1 where id = any($1)", [
      orders.map(({ id }) => id),
    ]);
    // The purge starts a program: events come before, while and after it is made.
    const purged = idemCli(idem.env, "purge", "--closed-before", "2021-01-01T00:00:00Z");
    for (const [at, order] of orders.entries()) {
      await (at === orders.length - 1 ? purged : pause(80));
      const object = { id: shipments[at], orderId: order.id, carrier: "Van", trackingNumber: "1" };
      expect(await reports(order, "shipment.shipped", object)).toEqual([204, 204, 204]);
    }
    expect((await purged).status).toBe(0);
    for (const order of orders) await allFactsApplied(order);
    const late = async () => {
      const { items } = (await idem.operator.get("/v1/attentions?cause=late_report&limit=100")).json;
      return items.map(({ orderId }: { orderId: string }) => orderId);
    };
    await waitFor("an attention for each", async () => (await late()).length === orders.length);
    expect((await late()).toSorted()).toEqual(orders.map(({ id }) => id).toSorted());
    const statuses = await Promise.all(orders.map(async (order) => (await idem.acme.get(order.path)).status));
    expect(new Set(statuses)).toEqual(new Set([200, 410]));
    const recorded = "select order_id from order_events where type = 'shipment.late' and order_id = any($1)";
    const { rows } = await idem.db.query(recorded, [orders.map(({ id }) => id)]);
    expect(rows).toHaveLength(orders.length);
  });
});
