import { afterAll, beforeAll, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { TestApp } from "../rig/test-app.js";
import { stays, waitFor } from "../rig/wait-for.js";

let idem: TestApp;
beforeAll(async () => {
  idem = await TestApp.start(9, { WORKER_QUEUES: "orders" });
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

test("a worker of runs alone carries an order out, and what outlasts its first try waits for a worker of effects", async () => {
  await idem.completed();
  const order = await idem.placeWith("authorize", "fail-before", { count: -1 });
  await waitFor("payment.unknown", async () => (await idem.eventTypes(order)).includes("payment.unknown"));
  await idem.outside.heal(order.fault);
  await stays("accepted", async () => (await idem.read(order)).status === "accepted");
  await idem.anotherWorker({ WORKER_QUEUES: "effects" });
  await idem.reaches(order, "completed");
  expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "capture"]);
});
