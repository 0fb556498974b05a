import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newOrder, type Rig, startRig } from "./outside-rig.js";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.simulator.stop());

interface Answered {
  status: number;
  replayed: boolean;
  body: { id?: string; status?: string; error?: string; trackingNumber?: string | null };
}

async function call(method: "GET" | "POST", path: string, body?: object, key?: string): Promise<Answered> {
  const response = await fetch(`${rig.simulator.info.fulfilmentUrl}/shipments${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...(key === undefined ? {} : { "Idempotency-Key": key }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    replayed: response.headers.get("Idempotent-Replayed") === "true",
    body: (await response.json()) as Answered["body"],
  };
}

function shipment(order: string, sku = "MUG-1") {
  const shipTo = { line1: "1 High St", city: "London", country: "GB" };
  return { id: `shp_${order}`, orderId: order, warehouse: "main", lines: [{ sku, quantity: 2 }], shipTo };
}

/** A shipment that was accepted and is held. */
async function heldShipment(): Promise<{ order: string; id: string }> {
  const order = newOrder();
  await rig.outside.hold({ order });
  await call("POST", "", shipment(order), `${order}-ship`);
  return { order, id: `/shp_${order}` };
}

describe("a shipment", () => {
  test("is accepted under the caller's id, then shipped and delivered", async () => {
    const order = newOrder();
    const taken = await call("POST", "", shipment(order), `${order}-ship`);
    expect(taken).toMatchObject({
      status: 201,
      body: { id: `shp_${order}`, status: "accepted", trackingNumber: null },
    });
    await vi.waitFor(async () => expect((await call("GET", `/shp_${order}`)).body.status).toBe("delivered"));
    expect((await call("GET", `/shp_${order}`)).body.trackingNumber).toMatch(/^TRK/);
    expect(await rig.outside.kinds(order)).toEqual(["shipment"]);
    const events = await rig.outside.webhooks(order);
    expect(events.map(({ type }) => type)).toEqual(["shipment.shipped", "shipment.delivered"]);
  });

  test("is the same one for the same id, with or without its key", async () => {
    const { order } = await heldShipment();
    expect(await call("POST", "", shipment(order), `${order}-ship`)).toMatchObject({ status: 201, replayed: true });
    expect(await call("POST", "", shipment(order), `${order}-other`)).toMatchObject({ status: 201, replayed: false });
    expect(await call("POST", "", shipment(order, "TEE-1"), `${order}-third`)).toMatchObject({ status: 409 });
    expect(await call("POST", "", shipment(order, "TEE-1"), `${order}-ship`)).toMatchObject({ status: 400 });
    expect(await rig.outside.kinds(order)).toEqual(["shipment"]);
  });

  test("can be cancelled repeatedly until it has left", async () => {
    const { order, id } = await heldShipment();
    expect(await call("POST", `${id}/cancel`)).toMatchObject({ status: 200, body: { status: "cancelled" } });
    expect(await call("POST", `${id}/cancel`)).toMatchObject({ status: 200, body: { status: "cancelled" } });
    expect(await rig.outside.advance(order, "shipped")).toEqual([]);
    expect(await rig.outside.kinds(order)).toEqual(["shipment", "recall"]);
  });

  test("cannot be cancelled once it has left", async () => {
    const { order, id } = await heldShipment();
    expect(await rig.outside.advance(order, "shipped")).toMatchObject([{ status: "shipped", carrier: "Parcel" }]);
    expect(await call("POST", `${id}/cancel`)).toMatchObject({ status: 409, body: { error: "already shipped" } });
  });

  test("fails with a reason", async () => {
    const { order, id } = await heldShipment();
    await rig.outside.advance(order, "failed", { reason: "damaged" });
    expect((await call("GET", id)).body.status).toBe("failed");
    const [event] = await rig.outside.webhooks(order, "shipment.failed");
    expect(JSON.parse(event?.body ?? "{}")).toMatchObject({
      data: { id: `shp_${order}`, orderId: order, reason: "damaged" },
    });
  });

  test("advances when the hold is released", async () => {
    const { order, id } = await heldShipment();
    expect((await call("GET", id)).body.status).toBe("accepted");
    await rig.outside.release({ order });
    await vi.waitFor(async () => expect((await call("GET", id)).body.status).toBe("delivered"));
  });

  test("is rejected without lines, and its key stays unused", async () => {
    const order = newOrder();
    const empty = { ...shipment(order), lines: [] };
    expect(await call("POST", "", empty, `${order}-ship`)).toMatchObject({ status: 422 });
    expect(await call("POST", "", shipment(order), `${order}-ship`)).toMatchObject({ status: 201 });
  });

  test("is unknown unless it was accepted", async () => {
    expect(await call("GET", "/shp_nobody")).toMatchObject({ status: 404 });
    expect(await call("POST", "/shp_nobody/cancel")).toMatchObject({ status: 404 });
  });
});

describe("a scripted fault", () => {
  test("drops the response although the shipment was accepted", async () => {
    const order = newOrder();
    await rig.outside.hold({ order });
    await rig.outside.fault("ship", "drop-after", { order });
    await expect(call("POST", "", shipment(order), `${order}-ship`)).rejects.toThrow("fetch failed");
    expect(await call("POST", "", shipment(order), `${order}-ship`)).toMatchObject({ status: 201, replayed: true });
    expect(await rig.outside.kinds(order)).toEqual(["shipment"]);
  });

  test("matches its shipment by SKU", async () => {
    const order = newOrder();
    await rig.outside.fault("ship", "refuse", { sku: "ODD-1" });
    expect(await call("POST", "", shipment(order, "ODD-1"))).toMatchObject({ status: 422 });
    expect(await rig.outside.requests(order, "ship")).toMatchObject([{ fault: "refuse", status: 422 }]);
  });

  test("limits the rate of cancellations", async () => {
    const { order, id } = await heldShipment();
    await rig.outside.fault("recall", "limit", { order });
    expect(await call("POST", `${id}/cancel`)).toMatchObject({ status: 429 });
    expect(await call("POST", `${id}/cancel`)).toMatchObject({ status: 200 });
  });

  test("fails a retrieval", async () => {
    const { order, id } = await heldShipment();
    await rig.outside.fault("track", "fail-before", { order });
    expect(await call("GET", id)).toMatchObject({ status: 500 });
    expect(await call("GET", id)).toMatchObject({ status: 200 });
  });
});
