import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Service } from "../rig/service.js";
import { until } from "../rig/until.js";

let idem: Service;
beforeAll(async () => {
  idem = await Service.start(0);
});
afterAll(() => idem.stop());

describe.concurrent("acceptance", () => {
  test("makes one order, one charge, one mail of a kind and one shipment of the same intention sent twice (E1)", async () => {
    const order = await idem.place();
    const again = await idem.acme.post("/v1/orders", order.body, { key: order.key });
    expect(again.status).toBe(202);
    expect(again.text).toBe(order.answer.text);
    expect(again.replayed).toBe(true);
    expect(order.answer.replayed).toBe(false);
    await idem.reaches(order, "completed");
    expect(await idem.outside.kinds(order.id)).toEqual(["authorization", "shipment", "capture"]);
    await until("two mails", async () => (await idem.outside.mailIds(order.body.customer.email)).length === 2);
  });

  test("refuses the same key with another intention and changes nothing (E3)", async () => {
    const order = await idem.place();
    const other = { ...order.body, reference: "other" };
    const answer = await idem.acme.post("/v1/orders", other, { key: order.key });
    expect([answer.status, answer.problem]).toEqual([409, "idempotency-key-reused"]);
    expect(answer.text).not.toContain(order.id);
  });

  test("makes one order of 30 identical requests at one moment", async () => {
    const [body, key] = [idem.order(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 30 }, () => idem.acme.post("/v1/orders", body, { key })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });
});
