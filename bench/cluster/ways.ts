import { setTimeout as pause } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import pg from "pg";
import { OutsideWorld } from "../../src/simulator/control-client.js";
import { startSimulator } from "../../src/simulator/simulator.js";
import { outside } from "../bench-service.js";
import { usageOf } from "../cpu-time.js";
import { median } from "../quantile.js";
import { type RunShape, shapeOf } from "../run-shape.js";
import { openWorld } from "../world.js";
import { capCpu } from "./cpu-cap.js";
import { measureRound, type Round } from "./measure.js";
import { openPlace, type Place, type Shape } from "./place.js";
import type { ClusterEngines } from "./start-engines.js";

const WARM = 60;
const SHIPS_AFTER_MS = 2_000;
/** Runs look for their shipment after 55 s and then after 110 s: workflows/look-pauses.ts. */
const LOOKS = { notBeforeMs: 50_000, allWithinMs: 65_000 };

/** What a whole run cost Temporal; the actions of its timers included. */
export interface WholeRun extends RunShape {
  historyBytes: number;
}

/** CPU in ms: for each second with nothing to do, and for each look of a waiting run at its shipment. */
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
    const lifts = shape.cores ? capAll(place, shape.cores) : [];
    const round = await measureRound(place, engines.runsUrl, orders, done);
    return { value: round, after: () => lifts.forEach((lift) => lift?.()) };
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
    return { value: { idleMs, lookMs } };
  });
}

/** Orders until they are delivered, paid and completed, with all the news that brings. */
export async function untilDelivered(engines: ClusterEngines, namespace: string, shape: Shape, orders: number) {
  const secrets = { stripeSecret: "whsec_bench", fulfilmentSecret: `whsec_${Buffer.from("bench").toString("base64")}` };
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
    return { value: { round, run }, after: () => book.end() };
  });
}

async function wholeRun(address: string, namespace: string, ids: readonly string[]): Promise<WholeRun> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const runs = await Promise.all(
    ids.map(async (id): Promise<WholeRun> => {
      const handle = client.workflow.getHandle(`order/${id}`);
      await handle.result();
      const { events } = await handle.fetchHistory();
      const timers = events?.filter(({ timerStartedEventAttributes }) => timerStartedEventAttributes).length ?? 0;
      const shape = await shapeOf(client, handle.workflowId);
      const { raw } = await handle.describe();
      const historyBytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
      return { ...shape, actions: shape.actions + timers, historyBytes };
    }),
  );
  await connection.close();
  const of = (name: keyof WholeRun) => median(runs.map((run) => run[name]));
  return {
    events: of("events"),
    workflowTasks: of("workflowTasks"),
    actions: of("actions"),
    historyBytes: of("historyBytes"),
  };
}

async function beforeWorld(engines: ClusterEngines, namespace: string, shape: Shape) {
  const world = await openWorld();
  const place = await openPlace(engines, namespace, shape, () => outside(world));
  const done = (count: number) => {
    const { charges, shipments, mails } = world.effects();
    return world.reached({ charges: charges + count, shipments: shipments + count, mails: mails + count });
  };
  return { place, done };
}

/** Does the work, audits the place and leaves it. */
async function inPlace<T>(
  place: Place,
  work: () => Promise<{ value: T; after?: () => void | Promise<void> }>,
): Promise<T> {
  try {
    const { value, after } = await work();
    const { status, output } = await place.audit();
    if (status !== 0) throw new Error(`the audit found a difference:\n${output}`);
    await place.stop();
    await after?.();
    return value;
  } finally {
    await place.stop();
  }
}

function capAll({ pids }: Place, cores: NonNullable<Shape["cores"]>): ((() => void) | null)[] {
  return Object.entries(pids)
    .filter(([role]) => /^(API|worker)/.test(role))
    .map(([role, pid]) => capCpu(pid, role.startsWith("API") ? cores.API : cores.worker));
}
