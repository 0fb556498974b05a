import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { Webhook } from "standardwebhooks";
import { type BenchService, FULFILMENT_SECRET, startBenchService } from "./bench-service.js";
import { type Contender, idem } from "./contenders.js";
import { type Usage, usageOf } from "./cpu-time.js";
import { inFlight } from "./in-flight.js";
import { placeOrder } from "./load/orders.js";
import { say } from "./say.js";
import { openWorld } from "./world.js";

/** More at once would only queue at the worker. */
const WIDTH = 20;
/** Orders that news comes for, from all over the book. */
export const NEWS = 20;
const STEP = 1_000;

export interface Reading {
  open: number;
  afterS: number;
  rssMiB: Usage["rssMiB"];
}

/** How long the worker was gone and its news took, in milliseconds. */
export interface Restart {
  how: string;
  readyMs: number;
  newsMs: number[];
}

export interface OpenRuns {
  count: number;
  readings: Reading[];
  restarts: Restart[];
  rssAfterRestart: number;
}

interface Shipment {
  id: string;
  orderId: string;
}

/** So many orders that all wait for their shipment: a worker's memory, and its restart with news for old runs. */
export async function measureOpenRuns(count: number): Promise<OpenRuns> {
  const world = await openWorld();
  say("starting a service");
  const service = await startBenchService(world);
  const book = new pg.Pool({ connectionString: service.databaseUrl, max: 4 });
  try {
    const contender = await idem(service, world);
    const readings = await grow(contender, count);
    const restarts = [
      { how: "it goes on", readyMs: 0, newsMs: await news(service, book) },
      await restarted("it was stopped and started", "SIGTERM", service, book),
      await restarted("it was killed and started", "SIGKILL", service, book),
    ];
    return { count, readings, restarts, rssAfterRestart: usageOf(service.pids).rssMiB["worker"] ?? Number.NaN };
  } finally {
    await book.end();
    await service.stop();
  }
}

async function grow(contender: Contender, count: number): Promise<Reading[]> {
  const began = performance.now();
  const reading = (open: number): Reading => ({
    open,
    afterS: (performance.now() - began) / 1000,
    rssMiB: usageOf(contender.pids).rssMiB,
  });
  const readings = [reading(0)];
  for (let open = 0; open < count;) {
    const more = Math.min(STEP, count - open);
    open += more;
    const allDone = contender.world.more(more);
    await inFlight(more, WIDTH, () => placeOrder(contender));
    await allDone;
    readings.push(reading(open));
    say(`${open} of ${count} open runs`);
  }
  return readings;
}

async function restarted(how: string, signal: "SIGTERM" | "SIGKILL", service: BenchService, book: pg.Pool) {
  say(how);
  const readyMs = await service.restartWorker(signal);
  return { how, readyMs, newsMs: await news(service, book) };
}

/** Parcels of old orders leave: how long until the book says so, which their runs write, in milliseconds. */
async function news(service: BenchService, book: pg.Pool): Promise<number[]> {
  const { rows } = await book.query<Shipment>(
    `select id, order_id as "orderId" from shipments where status = 'requested' order by random() limit ${NEWS}`,
  );
  return Promise.all(
    rows.map(async (shipment) => {
      const began = performance.now();
      await tell(service.base, shipment);
      const shipped = `select from shipments where id = $1 and status = 'shipped'`;
      while ((await book.query(shipped, [shipment.id])).rowCount === 0) await pause(20);
      return performance.now() - began;
    }),
  );
}

async function tell(base: string, { id, orderId }: Shipment): Promise<void> {
  const body = JSON.stringify({ type: "shipment.shipped", data: { id, orderId, carrier: "Parcel" } });
  const [name, at] = [`msg_${randomUUID()}`, new Date()];
  const headers = {
    "content-type": "application/json",
    "webhook-id": name,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(FULFILMENT_SECRET).sign(name, at, body),
  };
  const response = await fetch(`${base}/webhooks/fulfilment`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`the event was answered with ${response.status}`);
}
