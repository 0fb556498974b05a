import { serve } from "@hono/node-server";
import { Client, Connection, WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import { type Context, Hono } from "hono";
import { Webhook } from "standardwebhooks";
import { FULFILMENT_SECRET } from "../stub-providers/provider-settings.js";

// The API of the plain saga, and of the floor: a POST that starts the saga, one that starts an empty workflow, and one
// that does nothing.

interface ShipmentEvent {
  type: string;
  data: { orderId: string };
}

const SIGNALS: Record<string, string> = { "shipment.shipped": "shipped", "shipment.delivered": "delivered" };

const connection = await Connection.connect({ address: process.env["TEMPORAL_ADDRESS"] ?? "" });
const client = new Client({ connection });
const webhook = new Webhook(FULFILMENT_SECRET);
const app = new Hono();

const start = async (workflow: string, key: string, args: unknown[]) => {
  try {
    await client.workflow.start(workflow, {
      taskQueue: "plain-saga",
      workflowId: `${workflow}-${key}`,
      workflowIdReusePolicy: "REJECT_DUPLICATE",
      args,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return { id: key };
};
const keyOf = (c: Context) => c.req.header("idempotency-key") ?? "";

app.post("/v1/orders", async (c) => c.json(await start("saga", keyOf(c), [await c.req.json()]), 202));
app.post("/whole-life/v1/orders", async (c) =>
  c.json(await start("wholeLifeSaga", keyOf(c), [await c.req.json()]), 202),
);
app.post("/webhooks/fulfilment", async (c) => {
  const event = verified(await c.req.text(), c.req.header());
  if (!event) return c.json({ error: "the signature does not match" }, 401);
  const signal = SIGNALS[event.type];
  if (signal) await client.workflow.getHandle(`wholeLifeSaga-${event.data.orderId}`).signal(signal);
  return c.body(null, 204);
});
app.post("/empty", async (c) => c.json(await start("empty", keyOf(c), []), 202));
app.post("/nothing", async (c) => {
  await c.req.json();
  return c.json({ id: keyOf(c) }, 202);
});
app.get("/healthz", (c) => c.json({ ready: true }));
serve({ fetch: app.fetch, port: Number(process.env["PORT"]), hostname: "127.0.0.1" });
process.on("SIGTERM", () => process.exit(0));

function verified(raw: string, headers: Record<string, string>): ShipmentEvent | null {
  try {
    return webhook.verify(raw, headers) as ShipmentEvent;
  } catch {
    return null;
  }
}
