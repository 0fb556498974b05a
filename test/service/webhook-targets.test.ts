import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Receiver } from "../rig/receiver.js";
import { TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

const ENDPOINTS = "/v1/webhook-endpoints";

let idem: TestApp;
let receiver: Receiver;
beforeAll(async () => {
  idem = await TestApp.start(27);
  receiver = await Receiver.start();
});
afterAll(() => receiver.stop().finally(() => idem.stop()));

describe.concurrent("without WEBHOOK_ALLOW_PRIVATE an endpoint", () => {
  test.each([
    "http://shop.example/events",
    "https://127.0.0.1/events",
    "https://2130706433/events",
    "https://0x7f.1/events",
    "https://10.1.2.3:8443/events",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/events",
    "https://[::1]/events",
    "https://[fd00::1]/events",
    "https://[::ffff:10.0.0.1]/events",
    "https://[64:ff9b::a00:1]/events",
  ])("is not registered for %s", async (url) => {
    const answer = await idem.acme.post(ENDPOINTS, { url });
    expect(answer.problem).toBe("invalid-request");
    expect(answer.json.errors).toMatchObject([{ pointer: "/url" }]);
  });

  test("has no connection made to it when its name leads to this machine", async () => {
    const { json } = await idem.acme.post(ENDPOINTS, { url: `https://localhost:${receiver.port}/events` });
    const attempt = await pinged(json.links.self);
    expect(attempt).toMatchObject({ statusCode: null, error: "address_not_allowed" });
  });

  test("that was registered while it was allowed is not delivered to any more", async () => {
    const { json } = await idem.globex.post(ENDPOINTS, { url: "https://shop.example/events" });
    await idem.db.query("update webhook_endpoints set url = $2 where id = $1", [json.id, receiver.url]);
    expect(await pinged(json.links.self, idem.globex)).toMatchObject({ error: "address_not_allowed" });
    expect(receiver.came).toEqual([]);
  });

  test("whose name does not exist says so", async () => {
    const { json } = await idem.acme.post(ENDPOINTS, { url: `https://${randomUUID()}.invalid/events` });
    expect(await pinged(json.links.self)).toMatchObject({ error: "dns" });
  });
});

async function pinged(path: string, shop = idem.acme) {
  await shop.post(`${path}/ping`, {});
  const attempt = await waitFor("an attempt", async () => {
    const [delivery] = (await shop.get(`${path}/deliveries`)).json.items;
    return delivery?.attempts[0];
  });
  await shop.ask("DELETE", path, null, {});
  return attempt;
}
