import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { OutsideWorld } from "../../simulator/control-client.js";
import { startSimulator } from "../../simulator/simulator.js";
import { FULFILMENT_SECRET, outside, STRIPE_WEBHOOK_SECRET } from "../bench-service.js";
import { usageOf } from "../cpu-time.js";
import { openWorld } from "../world.js";
import { measureRound, type Round } from "./measure.js";
import { openPlace, type Place, type Shape } from "./place.js";
import type { ClusterEngines } from "./start-engines.js";
import { wholeRun } from "./whole-run.js";

const WARM = 60;
const SHIPS_AFTER_MS = 2_000;
/** A shipment is first looked for after 50 s and then after 100 s: src/book/looks.ts. */
const LOOKS = { notBeforeMs: 48_000, allWithinMs: 62_000 };

/** CPU in ms: for each second with nothing to do, and for each look at a shipment that waits. */
export interface Waiting {
  idleMs: Record<string, number>;
  lookMs: Record<string, number>;
}

/** Orders until they are charged, handed to the warehouse and confirmed by mail; nothing ships. */
export async function untilMailed(
  engines: ClusterEngines,
  namespace: string,
  shape: Shape,
  orders: number,
): Promise<Round> {
  const { place, done } = await beforeWorld(engines, namespace, shape);
  return inPlace(place, async () => {
    await measureRound(place, engines.runsUrl, WARM, done);
    place.cap();
    return measureRound(place, engines.runsUrl, orders, done);
  });
}

/** Orders that wait for their shipment: first nothing happens, then each is looked at once. */
export async function whileWaiting(
  engines: ClusterEngines,
  namespace: string,
  shape: Shape,
  orders: number,
): Promise<Waiting> {
  const { place, done } = await beforeWorld(engines, namespace, shape);
  return inPlace(place, async () => {
    const began = Date.now();
    await measureRound(place, engines.runsUrl, orders, done);
    const mailed = Date.now();
    const use = async (untilMs: number) => {
      const [from, before] = [Date.now(), usageOf(place.pids).cpuMs];
      await pause(Math.max(0, untilMs - from));
      const { cpuMs } = usageOf(place.pids);
      const used = Object.entries(cpuMs).map(([role, ms]) => [role, ms - (before[role] ?? 0)] as const);
      return { seconds: (Date.now() - from) / 1000, used };
    };
    const idle = await use(began + LOOKS.notBeforeMs);
    const looking = await use(mailed + LOOKS.allWithinMs);
    const idleMs = Object.fromEntries(idle.used.map(([role, ms]) => [role, ms / idle.seconds]));
    const lookMs = Object.fromEntries(
      looking.used.map(([role, ms]) => [role, (ms - (idleMs[role] ?? 0) * looking.seconds) / orders]),
    );
    return { idleMs, lookMs };
  });
}

/** Orders until they are delivered, paid and completed, with all the news that brings. */
export async function untilDelivered(engines: ClusterEngines, namespace: string, shape: Shape, orders: number) {
  const secrets = { stripeSecret: STRIPE_WEBHOOK_SECRET, fulfilmentSecret: FULFILMENT_SECRET };
  const place = await openPlace(engines, namespace, shape, async (webhookBase) => {
    const { info } = await startSimulator({ port: 0, smtpPort: 0, webhookBase, ...secrets, home: null });
    await new OutsideWorld(info.controlUrl).config({ shipDelayMs: SHIPS_AFTER_MS, deliverDelayMs: SHIPS_AFTER_MS });
    return outside({ httpUrl: info.stripeApiBase, smtpUrl: info.smtpUrl });
  });
  const book = new pg.Client({ connectionString: place.databaseUrl });
  await book.connect();
  const completed = async () =>
    (await book.query<{ id: string }>("select id from orders where status = 'completed'")).rows.map(({ id }) => id);
  const done = async (count: number) => {
    const target = (await completed()).length + count;
    while ((await completed()).length < target) await pause(200);
  };
  return inPlace(place, async () => {
    await measureRound(place, engines.runsUrl, WARM, done);
    const round = await measureRound(place, engines.runsUrl, orders, done);
    const run = await wholeRun(engines.temporalAddress, namespace, (await completed()).slice(-10));
    return { round, run };
  }).finally(() => book.end());
}

async function beforeWorld(engines: ClusterEngines, namespace: string, shape: Shape) {
  const world = await openWorld();
  const place = await openPlace(engines, namespace, shape, () => outside(world));
  return { place, done: world.more };
}

/** Does the work, audits the place and leaves it. */
async function inPlace<T>(place: Place, work: () => Promise<T>): Promise<T> {
  try {
    const value = await work();
    const { status, output } = await place.audit();
    if (status !== 0) throw new Error(`the audit found a difference:\n${output}`);
    return value;
  } finally {
    await place.stop();
  }
}
