import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import type { BoundedLog, LogRow } from "../bounded-log.js";
import { FaultRequest, Match } from "../fault-script.js";
import { actAsCustomer, succeedLate } from "../payments/customer-actions.js";
import { showIntent } from "../payments/stripe-context.js";
import type { Payment } from "../payments/payment-record.js";
import { SimulationChange } from "../simulation-config.js";
import type { Simulation } from "../simulation.js";
import { shownShipment } from "../warehouse/shipment-record.js";
import { SHIPMENT_MOVES } from "../warehouse/warehouse.js";
import { refuseForeignPages } from "./refuse-foreign-pages.js";
import { selectPayments, selectShipments, Selector } from "./selectors.js";
import { sendWebhook, WebhookRequest } from "./send-webhook.js";

/** The control API: reads, faults and settings, and actions. */
export function controlRoutes(simulation: Simulation): Hono {
  const app = new Hono();
  app.use(refuseForeignPages);
  app.onError((error, context) => {
    const status = error instanceof HTTPException ? error.status : 500;
    return context.json({ error: error.message }, status);
  });
  readRoutes(app, simulation);
  faultRoutes(app, simulation);
  actionRoutes(app, simulation);
  app.all("/*", (context) =>
    context.json({ error: `unknown control: ${context.req.method} ${context.req.path}` }, 404),
  );
  return app;
}

function readRoutes(app: Hono, { state, outbox, stripe, warehouse, mailbox }: Simulation): void {
  app.get("/info", (context) => context.json({ ok: true, base: state.baseUrl, config: state.config }));
  app.get("/ledger", (context) => context.json(pick(state.ledger, context, ["kind", "payment"])));
  app.get("/requests", (context) => context.json(pick(state.calls, context, ["op", "provider"])));
  app.get("/webhooks", (context) => context.json(pick(outbox.events, context, ["type", "provider"])));
  app.get("/mails", (context) => {
    const to = context.req.query("to")?.toLowerCase();
    return context.json(pick(mailbox.emails, context, []).filter((email) => to === undefined || email.to.includes(to)));
  });
  app.get("/payments", (context) => {
    const order = context.req.query("order");
    const payments = order === undefined ? stripe.store.payments : stripe.store.of(order);
    return context.json(newest(payments, context).map((payment) => showIntent(stripe, payment)));
  });
  app.get("/shipments", (context) => {
    const order = context.req.query("order");
    const shipments = order === undefined ? [...warehouse.all()] : warehouse.of(order);
    return context.json(newest(shipments, context).map(shownShipment));
  });
}

/** One fault or several. */
const Faults = z.preprocess((body) => (Array.isArray(body) ? body : [body]), z.array(FaultRequest));

function faultRoutes(app: Hono, simulation: Simulation): void {
  const { state } = simulation;
  app.get("/faults", (context) => context.json(state.faults.all()));
  app.post("/faults", async (context) => {
    const requests = await read(context, Faults);
    return context.json(requests.map((fault) => state.faults.add(fault)));
  });
  app.delete("/faults", (context) => {
    const id = context.req.query("id");
    if (id === undefined) state.faults.clear();
    else state.faults.remove(id);
    return context.json(state.faults.all());
  });
  app.post("/forget-keys", (context) => {
    simulation.forgetKeys();
    return context.json({ forgotten: true });
  });
  app.get("/config", (context) => context.json(state.config));
  app.post("/config", async (context) => {
    state.config = { ...state.config, ...defined(await read(context, SimulationChange)) };
    return context.json(state.config);
  });
  app.post("/reset", async (context) => {
    const { order } = await read(context, z.strictObject({ order: z.string().optional() }));
    simulation.reset(order);
    return context.json({ reset: true });
  });
}

const Advance = Selector.extend({
  to: z.enum(SHIPMENT_MOVES),
  notify: z.boolean().default(true),
  reason: z.string().nullish(),
});
const CustomerAction = Selector.extend({ outcome: z.enum(["complete", "fail"]).default("complete") });
const LateSuccess = Selector.extend({ captured: z.boolean().default(true) });

function actionRoutes(app: Hono, simulation: Simulation): void {
  const { state, warehouse, stripe } = simulation;
  app.get("/hold", (context) => context.json(state.holds.all()));
  app.post("/hold", async (context) => {
    state.holds.add(defined(await read(context, Match)));
    return context.json(state.holds.all());
  });
  app.post("/release", async (context) => {
    state.holds.release(defined(await read(context, Match)));
    return context.json(state.holds.all());
  });
  app.post("/advance", async (context) => {
    const { to, notify, reason, ...selector } = await read(context, Advance);
    const moved = selectShipments(simulation, selector).filter((shipment) =>
      warehouse.advance(shipment, to, { notify, reason: reason ?? null }),
    );
    return context.json(moved.map(shownShipment));
  });
  app.post("/customer", async (context) => {
    const { outcome, ...selector } = await read(context, CustomerAction);
    const acts = (payment: Payment) => actAsCustomer(stripe, payment, outcome === "complete");
    return context.json({ moved: selectPayments(simulation, selector).filter(acts).length });
  });
  app.post("/late-success", async (context) => {
    const { captured, ...selector } = await read(context, LateSuccess);
    const selected = selectPayments(simulation, selector);
    for (const payment of selected) succeedLate(stripe, payment, captured);
    return context.json({ moved: selected.length });
  });
  app.post("/send-webhook", async (context) =>
    context.json(await sendWebhook(simulation, await read(context, WebhookRequest))),
  );
}

/** The rows whose members equal those in the query. */
function pick<T extends LogRow>(
  log: BoundedLog<T>,
  context: Context,
  names: readonly (keyof T & string)[],
): readonly T[] {
  const order = context.req.query("order");
  const wanted = names
    .map((name) => ({ name, value: context.req.query(name) }))
    .filter(({ value }) => value !== undefined);
  const rows = order === undefined ? log.all() : log.of(order);
  const found =
    wanted.length === 0 ? rows : rows.filter((row) => wanted.every(({ name, value }) => row[name] === value));
  return newest(found, context);
}

function newest<T>(rows: readonly T[], context: Context): readonly T[] {
  const limit = Number(context.req.query("limit") ?? rows.length);
  return limit < rows.length ? rows.slice(-limit) : rows;
}

async function read<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const body: unknown = await context.req.json().catch(() => ({}));
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new HTTPException(400, { message: z.prettifyError(parsed.error) });
}

function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
