import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlacedOrder, Service } from "../rig/service.js";
import { until } from "../rig/until.js";
import { neutralHistory } from "./neutral-history.js";

/** Records one real run of each story that test/replay holds every later version of the workflows to. */

const FOLDER = fileURLToPath(new URL("./recorded/", import.meta.url));

let idem: Service;
beforeAll(async () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  idem = await Service.start(0);
});
afterAll(() => idem.stop());

/** Tells a story to its end and answers the id of the run that told it. */
const STORIES: Record<string, () => Promise<string>> = {
  async completed() {
    return runOf(await idem.completed());
  },
  async declined() {
    return ends(await idem.place(idem.order({ method: "pm_card_visa_chargeDeclined" })), "rejected");
  },
  async "out-of-stock"() {
    return ends(await idem.place(idem.order({ sku: await idem.article(0) })), "rejected");
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
  async "buyer-acted"() {
    const order = await idem.place(idem.order({ method: "pm_card_authenticationRequired" }));
    await idem.reaches(order, "awaiting_payment");
    await idem.outside.buyer(order.id);
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
  async "mail-server-down-at-first"() {
    const body = idem.order();
    await idem.outside.fault("mail", "fail-before", { to: body.customer.email, count: 2 });
    return ends(await idem.place(body), "completed");
  },
  async "capture-refused-and-tried-again"() {
    const order = await idem.placeWith("capture", "decline");
    await idem.reaches(order, "needs_attention");
    await idem.resolve(order, "retry");
    return ends(order, "completed");
  },
  async refund() {
    const order = await idem.completed();
    const { id } = (await idem.refund(order, { amount: 100 })).json;
    await until("the mail", async () => (await idem.mailKinds(order)).includes("refunded"));
    return `refund/${id}`;
  },
  async "news-after-the-end"() {
    const order = await idem.completed();
    await closed(runOf(order));
    await idem.outside.webhook({ provider: "fulfilment", type: "shipment.delivered", order: order.id, which: "fresh" });
    return `settle/${order.id}`;
  },
};

const runOf = ({ id }: PlacedOrder) => `order/${id}`;

async function ends(order: PlacedOrder, status: string): Promise<string> {
  await idem.reaches(order, status);
  return runOf(order);
}

const closed = (workflowId: string) =>
  until(`${workflowId} to close`, async () => (await idem.runStatus(workflowId)) === "COMPLETED");

test.each(Object.entries(STORIES))("%s", async (name, tell) => {
  const workflowId = await tell();
  await closed(workflowId);
  const history = await idem.client.workflow.getHandle(workflowId).fetchHistory();
  expect(history.events?.length).toBeGreaterThan(4);
  writeFileSync(`${FOLDER}${name}.json`, neutralHistory(history));
});
