import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { type BenchService, startBenchService } from "./bench-service.js";
import { type Usage, usageOf } from "./cpu-time.js";
import { inFlight } from "./in-flight.js";
import { placeOrder } from "./load/orders.js";
import { log } from "./log.js";
import { EventSender } from "./stub-providers/event-sender.js";
import { startStubProviders } from "./stub-providers/stub-providers.js";
import { idem, type System } from "./systems.js";

/** More at once would only wait for the worker. */
const WIDTH = 20;
/** Orders from all over the database whose shipments are reported shipped. */
export const EVENTS = 20;
const STEP = 1_000;

interface Reading {
  open: number;
  afterS: number;
  rssMiB: Usage["rssMiB"];
}

/** How long the worker was gone, and how long the events took until they were applied, in milliseconds. */
interface Restart {
  how: string;
  readyMs: number;
  appliedMs: number[];
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

/** So many orders that all wait for their shipment: a worker's memory, and its restart with events for old runs. */
export async function measureOpenRuns(count: number): Promise<OpenRuns> {
  const providers = await startStubProviders();
  log("starting a service");
  const service = await startBenchService(providers);
  const pool = new pg.Pool({ connectionString: service.databaseUrl, max: 4 });
  try {
    const system = await idem(service, providers);
    const readings = await grow(system, count);
    const restarts = [
      { how: "it keeps running", readyMs: 0, appliedMs: await reportShipped(service, pool) },
      await restarted("it was stopped and started", "SIGTERM", service, pool),
      await restarted("it was killed and started", "SIGKILL", service, pool),
    ];
    return { count, readings, restarts, rssAfterRestart: usageOf(service.pids).rssMiB["worker"] ?? Number.NaN };
  } finally {
    await pool.end();
    await service.stop();
  }
}

async function grow(system: System, count: number): Promise<Reading[]> {
  const began = performance.now();
  const reading = (open: number): Reading => ({
    open,
    afterS: (performance.now() - began) / 1000,
    rssMiB: usageOf(system.pids).rssMiB,
  });
  const readings = [reading(0)];
  for (let open = 0; open < count;) {
    const more = Math.min(STEP, count - open);
    open += more;
    const allDone = system.providers.ledger.more(more);
    await inFlight(more, WIDTH, () => placeOrder(system));
    await allDone;
    readings.push(reading(open));
    log(`${open} of ${count} open runs`);
  }
  return readings;
}

async function restarted(how: string, signal: "SIGTERM" | "SIGKILL", service: BenchService, pool: pg.Pool) {
  log(how);
  const readyMs = await service.restartWorker(signal);
  return { how, readyMs, appliedMs: await reportShipped(service, pool) };
}

/** Reports shipments of old orders shipped: how long until their runs have recorded it, in milliseconds. */
async function reportShipped(service: BenchService, pool: pg.Pool): Promise<number[]> {
  const { rows } = await pool.query<Shipment>(
    `select id, order_id as "orderId" from shipments where status = 'requested' order by random() limit ${EVENTS}`,
  );
  const events = new EventSender({ fulfilmentUrl: `${service.base}/webhooks/fulfilment`, stripeUrl: null });
  return Promise.all(
    rows.map(async (shipment) => {
      const began = performance.now();
      await events.sendShipmentEvent("shipment.shipped", { ...shipment, carrier: "Parcel" });
      const shipped = `select from shipments where id = $1 and status = 'shipped'`;
      while ((await pool.query(shipped, [shipment.id])).rowCount === 0) await pause(20);
      return performance.now() - began;
    }),
  );
}
