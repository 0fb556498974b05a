import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VERSION } from "../../src/main/version.js";
import { type PlacedOrder, TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";
import { neutralHistory } from "./neutral-history.js";

/**
 * Records one real run of each story, as this release runs it, that test/replay holds every later version of the
 * workflows to. What is recorded already stays as it is: a history is never made again to fit a changed workflow.
 */

const FOLDER = fileURLToPath(new URL(`./recorded/${VERSION}/`, import.meta.url));

let idem: TestApp;
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  idem = await TestApp.start(0);
});
afterAll(() => idem.stop());

/** Each brings a run to its end and returns its workflow id. */
const STORIES: Record<string, () => Promise<string>> = {
  async completed() {
    return runOf(await idem.completed());
  },
  async declined() {
    return ends(await idem.place(idem.order({ method: "pm_card_visa_chargeDeclined" })), "rejected");
  },
  async "out-of-stock"() {
    return ends(await idem.place(idem.order({ sku: await idem.stockedSku(0) })), "rejected");
  },
  async "cancelled-while-confirmed"() {
    const order = await idem.held();
    await idem.cancel(order);
    return ends(order, "cancelled");
  },
  async "cancel-lost-to-shipping"() {
    const order = await idem.held();
    await idem.outside.advance(order.id, "shipped", { notify: false });
    await idem.cancel(order);
    await idem.reaches(order, "shipped");
    await idem.outside.advance(order.id, "delivered");
    return ends(order, "completed");
  },
  async "customer-acted"() {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    await idem.outside.customer(order.id);
    return ends(order, "completed");
  },
  async approved() {
    const order = await idem.place(idem.dear());
    await idem.reaches(order, "awaiting_approval");
    await idem.decide(order, "approve");
    return ends(order, "completed");
  },
  async "authorization-unknown-at-first"() {
    return ends(await idem.placeWith("authorize", "fail-before", { count: 2 }), "completed");
  },
  async "email-server-down-at-first"() {
    const body = idem.order();
    await idem.outside.fault("mail", "fail-before", { to: body.customer.email, count: 2 });
    return ends(await idem.place(body), "completed");
  },
  async "capture-refused-and-retried"() {
    const order = await idem.placeWith("capture", "decline");
    await idem.reaches(order, "needs_attention");
    await idem.resolve(order, "retry");
    return ends(order, "completed");
  },
  async refund() {
    const order = await idem.completed();
    const { id } = (await idem.refund(order, { amount: 100 })).json;
    await waitFor("the email", async () => (await idem.mailKinds(order)).includes("refunded"));
    return `refund/${id}`;
  },
  async "event-after-the-end"() {
    const order = await idem.completed();
    await closed(runOf(order));
    await idem.outside.webhook({ provider: "fulfilment", type: "shipment.failed", order: order.id, which: "fresh" });
    return `takeover/${order.id}`;
  },
  async "approval-declined"() {
    const order = await idem.place(idem.dear());
    await idem.reaches(order, "awaiting_approval");
    await idem.decide(order, "decline");
    return ends(order, "rejected");
  },
  async "cancelled-while-the-customer-acts"() {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    await idem.cancel(order);
    return ends(order, "cancelled");
  },
  async "cancelled-while-the-warehouse-says-nothing"() {
    const body = idem.order();
    await idem.outside.hold({ amount: body.total });
    await idem.outside.fault("ship", "silent", { amount: body.total });
    const order = await idem.place(body);
    await waitFor("the warehouse to be asked", async () => (await idem.calls(order, "ship")).length > 0);
    await idem.cancel(order);
    return ends(order, "cancelled");
  },
  async polled() {
    const order = await idem.held();
    await idem.outside.advance(order.id, "shipped", { notify: false });
    await idem.outside.advance(order.id, "delivered", { notify: false });
    await waitFor("the first poll", async () => (await idem.read(order)).status === "completed", 80_000);
    return runOf(order);
  },
  async "shipped-in-parts"() {
    const { order, shipments } = await inTwoParts({ multicapture: true });
    for (const { id } of shipments) await idem.outside.advance({ shipment: id }, "shipped");
    for (const { id } of shipments) await idem.outside.advance({ shipment: id }, "delivered");
    return ends(order, "completed");
  },
  async "one-of-two-failed"() {
    const { order, shipments } = await inTwoParts();
    await idem.outside.advance({ shipment: shipments[0]?.id ?? "" }, "failed");
    await idem.outside.advance({ shipment: shipments[1]?.id ?? "" }, "shipped");
    await idem.outside.advance({ shipment: shipments[1]?.id ?? "" }, "delivered");
    return ends(order, "completed");
  },
  async "cancel-lost-to-one-of-two"() {
    const { order, shipments } = await inTwoParts();
    await idem.outside.advance({ shipment: shipments[0]?.id ?? "" }, "shipped", { notify: false });
    await idem.cancel(order);
    await idem.reaches(order, "shipped");
    await idem.outside.advance({ shipment: shipments[0]?.id ?? "" }, "delivered");
    return ends(order, "completed");
  },
  async "every-shipment-failed"() {
    const order = await idem.held();
    await idem.outside.advance(order.id, "failed");
    return ends(order, "cancelled");
  },
  async "payment-after-the-end"() {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    await idem.cancel(order);
    await closed(await ends(order, "cancelled"));
    await idem.outside.lateSuccess(order.id, false);
    await waitFor("the money to be released", async () => (await idem.outside.money(order.id)).live === 0);
    return `takeover/${order.id}`;
  },
  async "taken-over-after-a-termination"() {
    const order = await idem.held();
    await idem.client.workflow.getHandle(runOf(order)).terminate("by hand");
    await idem.outside.advance(order.id, "shipped");
    await idem.reaches(order, "needs_attention");
    await idem.resolve(order, "retry");
    await idem.reaches(order, "shipped");
    await idem.outside.advance(order.id, "delivered");
    await idem.reaches(order, "completed");
    return `takeover/${order.id}`;
  },
};

/** A confirmed order with a SKU in each of two warehouses, whose shipments stay where they are. */
async function inTwoParts({ multicapture = false } = {}) {
  const skus = [await idem.stockedSku(0), await idem.stockedSku(0)];
  for (const [at, warehouse] of ["east", "west"].entries()) {
    await idem.acme.put(`/v1/stock/${skus[at]}`, { onHand: 1, warehouse });
    await idem.outside.hold({ sku: skus[at] ?? "" });
  }
  const total = idem.amount();
  if (multicapture) await idem.outside.fault("authorize", "grant-multicapture", { amount: total });
  const lines = skus.map((sku, at) => ({ sku, quantity: 1, unitPrice: at === 0 ? 10_000 : total - 10_000 }));
  const order = await idem.place(idem.order({ lines, total }));
  const shipments = await waitFor("two shipments", async () => {
    const there = await idem.outside.shipments(order.id);
    return there.length === 2 ? there : null;
  });
  await idem.reaches(order, "confirmed");
  return { order, shipments };
}

const runOf = ({ id }: PlacedOrder) => `order/${id}`;

async function ends(order: PlacedOrder, status: string): Promise<string> {
  await idem.reaches(order, status);
  return runOf(order);
}

const closed = (workflowId: string) =>
  waitFor(`${workflowId} to close`, async () => (await idem.runStatus(workflowId)) === "COMPLETED");

const fileOf = (name: string) => `${FOLDER}${name}.json`;

test.each(Object.entries(STORIES).filter(([name]) => !existsSync(fileOf(name))))("%s", async (name, story) => {
  const workflowId = await story();
  await closed(workflowId);
  const history = await idem.client.workflow.getHandle(workflowId).fetchHistory();
  expect(history.events?.length).toBeGreaterThan(4);
  writeFileSync(fileOf(name), neutralHistory(history));
});
