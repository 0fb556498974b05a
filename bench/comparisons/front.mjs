// The HTTP API, the same for each library: it accepts an order and does not wait for its end.
import { serve } from "@hono/node-server";
import { Hono } from "hono";

/** Serves on `port`; `submit(key, order)` resolves once the order is durably accepted. */
export function serveOrders(port, submit) {
  const app = new Hono();
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.post("/v1/orders", async (context) => {
    const key = context.req.header("Idempotency-Key");
    if (!key) return context.json({ error: "Idempotency-Key is missing" }, 400);
    await submit(key, await context.req.json());
    return context.json({ id: key }, 202);
  });
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () => resolve(server));
    server.once("error", reject);
  });
}

/** Runs `stop` once when the process is asked to end. */
export function whenStopped(stop) {
  let stopping = false;
  const end = async () => {
    if (stopping) return;
    stopping = true;
    await stop().catch((error) => console.error(error));
    process.exit(0);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

export function need(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`${name} is not set`);
    process.exit(2);
  }
  return value;
}
