import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newOrder, type Rig, startReceiver, startRig } from "./outside-rig.js";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.simulator.stop());

function authorize({ stripe }: Rig, order: string) {
  return stripe.paymentIntents.create(
    {
      amount: 2_500,
      currency: "eur",
      capture_method: "manual",
      confirm: true,
      payment_method: "pm_card_visa",
      metadata: { orderId: order },
    },
    { idempotencyKey: `${order}-authorize` },
  );
}

async function ship({ simulator }: Rig, order: string) {
  const body = { id: `shp_${order}`, orderId: order, lines: [{ sku: "MUG-1", quantity: 1 }] };
  const taken = await fetch(`${simulator.info.fulfilmentUrl}/shipments`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  expect(taken.status).toBe(201);
}

describe("the control API", () => {
  test.each([
    ["a page of another site", { Origin: "https://shop.example" }, 403],
    ["a page without an origin", { Origin: "null" }, 403],
    ["a name that was made to lead here", { Host: "shop.example" }, 403],
    ["a page of the simulator's own", { Origin: "own" }, 200],
    ["a container beside it", { Host: "simulator:3900" }, 200],
  ])("answers to %s as it should", async (_whom, headers, expected) => {
    const { origin, host } = new URL(rig.simulator.info.controlUrl);
    const own = { Host: host, ...headers, ...("Origin" in headers && headers.Origin === "own" && { Origin: origin }) };
    const status = await new Promise((resolve, reject) => {
      const asked = request(`${origin}/_control/config`, { method: "POST", headers: own });
      asked.once("error", reject).once("response", (answer) => resolve(answer.resume().statusCode));
      asked.end("{}");
    });
    expect(status).toBe(expected);
  });

  test("forgets one order and leaves the others", async () => {
    const [gone, kept] = [newOrder(), newOrder()];
    await authorize(rig, gone);
    await authorize(rig, kept);
    await rig.outside.fault("capture", "decline", { order: gone });
    await rig.outside.reset(gone);
    expect(await rig.outside.ledger(gone)).toEqual([]);
    expect(await rig.outside.payments(gone)).toEqual([]);
    expect(await rig.outside.requests(gone)).toEqual([]);
    expect(await rig.outside.kinds(kept)).toEqual(["authorization"]);
    const { data } = await rig.stripe.paymentIntents.list({ limit: 1 });
    expect(data[0]?.metadata["orderId"]).toBe(kept);
  });

  test("forgets keys alone", async () => {
    const order = newOrder();
    await authorize(rig, order);
    await rig.outside.forgetKeys();
    await authorize(rig, order);
    expect(await rig.outside.kinds(order)).toEqual(["authorization", "authorization"]);
  });

  test("changes and returns settings", async () => {
    await rig.outside.config({ multicapture: true });
    expect(await rig.outside.config()).toMatchObject({ multicapture: true, shipDelayMs: 20 });
    await rig.outside.config({ multicapture: false });
  });

  test("explains what it does not accept", async () => {
    const bad = { method: "POST", body: JSON.stringify({ op: "autorize" }) };
    const answered = await fetch(`${rig.simulator.info.controlUrl}/faults`, bad);
    expect(answered.status).toBe(400);
    expect((await answered.text()).replaceAll("\\", "")).toContain('"authorize"');
    expect((await fetch(`${rig.simulator.info.controlUrl}/nothing`)).status).toBe(404);
  });
});

describe("the pages", () => {
  test("show active faults, payments and shipments", async () => {
    const order = newOrder();
    await authorize(rig, order);
    await ship(rig, order);
    const fault = await rig.outside.fault("capture", "decline", { order, count: -1 });
    const read = async (path: string) => (await fetch(`${rig.simulator.info.stripeApiBase}${path}`)).text();
    const landing = await read("/");
    for (const shown of [fault, "unlimited", order, 'href="/mailbox"', 'href="/payments"', 'href="/deliveries"']) {
      expect(landing).toContain(shown);
    }
    expect(await read("/payments")).toContain("25.00 EUR");
    expect(await read("/deliveries")).toContain(`shp_${order}`);
    await rig.outside.heal(fault);
  });
});

describe("a restart", () => {
  test("keeps payments, keys, shipments, emails and the ledger", async () => {
    const home = await mkdtemp(join(tmpdir(), "idem-simulator-"));
    const order = newOrder();
    const before = await startRig({ home });
    await before.outside.hold({ order });
    const { id } = await authorize(before, order);
    await ship(before, order);
    await createTransport(before.simulator.info.smtpUrl).sendMail({
      from: "a@example.com",
      to: "b@example.com",
      text: order,
    });
    await before.simulator.stop();

    const after = await startRig({ home });
    expect((await authorize(after, order)).id).toBe(id);
    await after.stripe.paymentIntents.capture(id);
    expect(await after.outside.mails("b@example.com")).toMatchObject([
      { order, text: expect.stringContaining(order) as string },
    ]);
    await vi.waitFor(async () => expect(await after.outside.shipments(order)).toMatchObject([{ status: "delivered" }]));
    expect(await after.outside.ledger(order)).toMatchObject([
      { seq: 1, kind: "authorization" },
      { seq: 2, kind: "shipment" },
      { seq: 3, kind: "mail" },
      { seq: 4, kind: "capture" },
    ]);
    await after.simulator.stop();
    await rm(home, { recursive: true });
  });

  test("finds a snapshot that was written before it", async () => {
    const home = await mkdtemp(join(tmpdir(), "idem-simulator-"));
    const order = newOrder();
    const running = await startRig({ home });
    await authorize(running, order);
    const snapshot = join(home, "simulator-state.json");
    await vi.waitFor(async () => expect(await readFile(snapshot, "utf8")).toContain(order), 5_000);
    await running.simulator.stop();
    await rm(home, { recursive: true });
  });

  test("delivers what is still owed", async () => {
    const home = await mkdtemp(join(tmpdir(), "idem-simulator-"));
    const order = newOrder();
    const receiver = await startReceiver();
    const before = await startRig({ home, webhookBase: "http://127.0.0.1:9" });
    await authorize(before, order);
    await vi.waitFor(async () =>
      expect(await before.outside.webhooks(order)).toMatchObject([{ owed: true, attempts: [{ status: 0 }] }]),
    );
    await before.simulator.stop();

    const after = await startRig({ home, webhookBase: receiver.base });
    await vi.waitFor(
      () => expect(receiver.deliveries.map(({ body }) => body)).toEqual([expect.stringContaining(order)]),
      5_000,
    );
    await after.simulator.stop();
    receiver.close();
    await rm(home, { recursive: true });
  });

  test("starts empty when its snapshot cannot be read", async () => {
    const home = await mkdtemp(join(tmpdir(), "idem-simulator-"));
    await writeFile(join(home, "simulator-state.json"), '{"version":1');
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const { simulator, outside } = await startRig({ home });
    said.mockRestore();
    expect(await outside.ledger()).toEqual([]);
    await simulator.stop();
    await rm(home, { recursive: true });
  });
});
