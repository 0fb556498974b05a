import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import type { BoundedLog, LogRow } from "../bounded-log.js";
import { FaultRequest, Match } from "../fault-script.js";
import { buyerActs, succeedLate } from "../payments/customer-actions.js";
import { showIntent } from "../payments/stripe-context.js";
import type { Payment } from "../payments/payment-record.js";
import { SimulationChange } from "../simulation-config.js";
import type { Simulation } from "../simulation.js";
import { shownShipment } from "../warehouse/shipment-record.js";
import { SHIPMENT_MOVES } from "../warehouse/warehouse.js";
import { chosenPayments, chosenShipments, Choice } from "./selectors.js";
import { sendWebhook, WebhookRequest } from "./send-webhook.js";

/** What happened, what shall go wrong, what happens next. */
export function controlRoutes(simulation: Simulation): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    const status = error instanceof HTTPException ? error.status : 500;
    return context.json({ error: error.message }, status);
  });
  whatHappened(app, simulation);
  whatGoesWrong(app, simulation);
  whatHappensNext(app, simulation);
  app.all("/*", (context) =>
    context.json({ error: `no such control: ${context.req.method} ${context.req.path}` }, 404),
  );
  return app;
}

function whatHappened(app: Hono, { world, outbox, desk, floor, mail }: Simulation): void {
  app.get("/info", (context) => context.json({ ok: true, base: world.baseUrl, config: world.config }));
  app.get("/ledger", (context) => context.json(pick(world.ledger, context, ["kind", "payment"])));
  app.get("/requests", (context) => context.json(pick(world.calls, context, ["op", "provider"])));
  app.get("/webhooks", (context) => context.json(pick(outbox.events, context, ["type", "provider"])));
  app.get("/mails", (context) => {
    const to = context.req.query("to")?.toLowerCase();
    return context.json(pick(mail.mails, context, []).filter((kept) => to === undefined || kept.to.includes(to)));
  });
  app.get("/payments", (context) => {
    const order = context.req.query("order");
    const payments = order === undefined ? desk.book.payments : desk.book.of(order);
    return context.json(newest(payments, context).map((payment) => showIntent(desk, payment)));
  });
  app.get("/shipments", (context) => {
    const order = context.req.query("order");
    const shipments = order === undefined ? [...floor.all()] : floor.of(order);
    return context.json(newest(shipments, context).map(shownShipment));
  });
}

/** One fault or several. */
const Faults = z.preprocess((asked) => (Array.isArray(asked) ? asked : [asked]), z.array(FaultRequest));

function whatGoesWrong(app: Hono, simulation: Simulation): void {
  const { world } = simulation;
  app.get("/faults", (context) => context.json(world.faults.all()));
  app.post("/faults", async (context) => {
    const asked = await read(context, Faults);
    return context.json(asked.map((fault) => world.faults.add(fault)));
  });
  app.delete("/faults", (context) => {
    const id = context.req.query("id");
    if (id === undefined) world.faults.clear();
    else world.faults.remove(id);
    return context.json(world.faults.all());
  });
  app.post("/forget-keys", (context) => {
    simulation.forgetKeys();
    return context.json({ forgotten: true });
  });
  app.get("/config", (context) => context.json(world.config));
  app.post("/config", async (context) => {
    world.config = { ...world.config, ...defined(await read(context, SimulationChange)) };
    return context.json(world.config);
  });
  app.post("/reset", async (context) => {
    const { order } = await read(context, z.strictObject({ order: z.string().optional() }));
    simulation.reset(order);
    return context.json({ reset: true });
  });
}

const Advance = Choice.extend({
  to: z.enum(SHIPMENT_MOVES),
  notify: z.boolean().default(true),
  reason: z.string().nullish(),
});
const Buyer = Choice.extend({ outcome: z.enum(["complete", "fail"]).default("complete") });
const LateSuccess = Choice.extend({ captured: z.boolean().default(true) });

function whatHappensNext(app: Hono, simulation: Simulation): void {
  const { world, floor, desk } = simulation;
  app.get("/hold", (context) => context.json(world.holds.all()));
  app.post("/hold", async (context) => {
    world.holds.add(defined(await read(context, Match)));
    return context.json(world.holds.all());
  });
  app.post("/release", async (context) => {
    world.holds.release(defined(await read(context, Match)));
    return context.json(world.holds.all());
  });
  app.post("/advance", async (context) => {
    const { to, notify, reason, ...choice } = await read(context, Advance);
    const moved = chosenShipments(simulation, choice).filter((shipment) =>
      floor.advance(shipment, to, { notify, reason: reason ?? null }),
    );
    return context.json(moved.map(shownShipment));
  });
  app.post("/buyer", async (context) => {
    const { outcome, ...choice } = await read(context, Buyer);
    const acts = (payment: Payment) => buyerActs(desk, payment, outcome === "complete");
    return context.json({ moved: chosenPayments(simulation, choice).filter(acts).length });
  });
  app.post("/late-success", async (context) => {
    const { captured, ...choice } = await read(context, LateSuccess);
    const chosen = chosenPayments(simulation, choice);
    for (const payment of chosen) succeedLate(desk, payment, captured);
    return context.json({ moved: chosen.length });
  });
  app.post("/send-webhook", async (context) =>
    context.json(await sendWebhook(simulation, await read(context, WebhookRequest))),
  );
}

/** The rows whose members equal what the query names. */
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
