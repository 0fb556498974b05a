import { serve } from "@hono/node-server";
import { Client, Connection, WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import { Hono } from "hono";

/** The plain saga's door, and the floor's: one POST starts the saga, one an empty workflow, one does nothing. */
const connection = await Connection.connect({ address: process.env["TEMPORAL_ADDRESS"] ?? "" });
const client = new Client({ connection });
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

app.post("/v1/orders", async (c) =>
  c.json(await start("saga", c.req.header("idempotency-key") ?? "", [await c.req.json()]), 202),
);
app.post("/empty", async (c) => c.json(await start("empty", c.req.header("idempotency-key") ?? "", []), 202));
app.post("/nothing", async (c) => {
  await c.req.json();
  return c.json({ id: c.req.header("idempotency-key") }, 202);
});
app.get("/healthz", (c) => c.json({ ready: true }));
serve({ fetch: app.fetch, port: Number(process.env["PORT"]), hostname: "127.0.0.1" });
process.on("SIGTERM", () => process.exit(0));
