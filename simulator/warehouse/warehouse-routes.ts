import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";
import type { About, FaultOp } from "../fault-script.js";
import type { KeyStore } from "../key-store.js";
import { perform, type Provider } from "../scripted-call.js";
import type { EventOutbox } from "../webhooks/event-outbox.js";
import { type HttpResponse, jsonResponse } from "../http-response.js";
import { send, type HttpContext } from "../send-reply.js";
import type { SimulatorState } from "../state.js";
import { shownShipment } from "./shipment-record.js";
import { aboutShipment, NO_SUCH_SHIPMENT, type Warehouse } from "./warehouse.js";

export interface WarehouseParts {
  state: SimulatorState;
  outbox: EventOutbox;
  warehouse: Warehouse;
  keys: KeyStore;
}

interface WarehouseCall {
  op: FaultOp;
  about: About;
  params: unknown;
  act: (key: string | null) => HttpResponse;
}

export function warehouseRoutes({ state, outbox, warehouse, keys }: WarehouseParts): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const provider: Provider = { state, outbox, keys, refusals, headers: () => ({}) };

  const respond = async (context: HttpContext, { op, about, params, act }: WarehouseCall) => {
    const key = context.req.header("Idempotency-Key") ?? null;
    const { method, path } = context.req;
    const fingerprint = `${path}\n${JSON.stringify(params)}`;
    const reply = await perform(provider, {
      provider: "warehouse",
      op,
      about,
      method,
      path,
      key,
      params,
      fingerprint,
      act: () => act(key),
    });
    return send(context, reply);
  };

  app.post("/", async (context) => {
    const params = parseJson(await context.req.text());
    if (params === undefined) return send(context, NOT_JSON);
    return respond(context, {
      op: "ship",
      about: aboutRequest(params),
      params,
      act: (key) => warehouse.accept(params, key),
    });
  });

  app.get("/:id", (context) => {
    const shipment = warehouse.find(context.req.param("id"));
    const act = () => (shipment ? jsonResponse(200, shownShipment(shipment)) : NO_SUCH_SHIPMENT);
    return respond(context, { op: "track", about: shipment ? aboutShipment(shipment) : {}, params: {}, act });
  });

  app.post("/:id/cancel", async (context) => {
    const shipment = warehouse.find(context.req.param("id"));
    const params = parseJson(await context.req.text()) ?? {};
    const about = shipment ? aboutShipment(shipment) : {};
    return respond(context, { op: "recall", about, params, act: (key) => warehouse.recall(shipment, key) });
  });

  return app;
}

const About = z.object({ orderId: z.string(), lines: z.array(z.object({ sku: z.string() })) }).partial();

function aboutRequest(params: unknown): About {
  const read = About.safeParse(params);
  if (!read.success) return {};
  return { order: read.data.orderId ?? null, sku: (read.data.lines ?? []).map((line) => line.sku) };
}

/** Returns undefined when the body is not JSON. */
function parseJson(body: string): unknown {
  if (body === "") return {};
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

const NOT_JSON = jsonResponse(400, { error: "not json" });

const refusals = {
  failed: () => jsonResponse(500, { error: "internal" }),
  refused: () => jsonResponse(422, { error: "cannot be shipped" }),
  denied: (status: 401 | 403) => jsonResponse(status, { error: "not allowed" }),
  limited: (seconds: number) => jsonResponse(429, { error: "slow down" }, { "Retry-After": String(seconds) }),
};
