import { afterAll, beforeAll, expect, test } from "vitest";
import { addsUp } from "../rig/audit-is-clean.js";
import { Service } from "../rig/test-app.js";
import { stays, until } from "../rig/wait-for.js";

let idem: Service;
beforeAll(async () => {
  idem = await Service.start(9, { WORKER_QUEUES: "orders" });
});
afterAll(() => addsUp(idem).finally(() => idem.stop()));

test("a worker of runs alone carries an order out, and what outlasts its first try waits for a worker of effects", async () => {
  await idem.completed();
  const order = await idem.placeWith("authorize", "fail-before", { count: -1 });
  await until("payment.unknown", async () => (await idem.eventTypes(order)).includes("payment.unknown"));
  await idem.outside.heal(order.fault);
  await stays("accepted", async () => (await idem.look(order)).status === "accepted");
  await idem.anotherWorker({ WORKER_QUEUES: "effects" });
  await idem.reaches(order, "completed");
  expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "capture"]);
});
