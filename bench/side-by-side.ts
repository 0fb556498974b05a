import { Client, Connection } from "@temporalio/client";
import { setTimeout as pause } from "node:timers/promises";
import type { BenchService } from "./bench-service.js";
import type { Contender } from "./contenders.js";
import { cpuPerOrder, usageOf } from "./cpu-time.js";
import { inFlight } from "./in-flight.js";
import { closedLoop } from "./load/closed-loop.js";
import { openLoop } from "./load/open-loop.js";
import { fresh, placeOrder, post } from "./load/orders.js";
import { median } from "./quantile.js";
import { type RunShape, shapeOf } from "./run-shape.js";

export interface Plan {
  rounds: number;
  /** Orders of one closed loop beyond those that fill it. */
  orders: number;
  /** The same before the first round, of which nothing counts. */
  warmUp: number;
  /** Orders sent one after the other, each when the one before is done. */
  lone: number;
  /** Repeats of one order. */
  repeats: number;
  /** How long the loops of a fixed rate below saturation go on. */
  arrivalsS: number;
  burst: { perSecond: number; seconds: number; times: number };
}

/** One contender in one round; latencies in milliseconds. */
export interface Round {
  /** Acknowledgements by how many orders were in flight until done. */
  acks: Record<number, number[]>;
  perSecond: number;
  lone: number[];
  replays: number[];
  /** CPU per order by process; empty where it cannot be read. */
  cpuMs: Record<string, number>;
  rssMiB: Record<string, number>;
}

export interface FloorRound {
  emptyAcks: number[];
  emptyPerSecond: number;
  nothingAcks: number[];
}

export const WIDTH = 30;
export const WIDTHS = [1, WIDTH, 100];

/** All of one contender's figures of a round; it ends when every order is charged, shipped and mailed. */
export async function measureRound(contender: Contender, plan: Plan): Promise<Round> {
  const lone: number[] = [];
  const loneAcks: number[] = [];
  for (let index = 0; index < plan.lone; index++) {
    const began = performance.now();
    const allDone = contender.world.more(1);
    await placeOrder(contender);
    loneAcks.push(performance.now() - began);
    await allDone;
    lone.push(performance.now() - began);
  }
  const before = usageOf(contender.pids);
  const thirty = await closedLoop(contender.world, plan.orders, WIDTH, () => placeOrder(contender));
  const after = usageOf(contender.pids);
  const hundred = await closedLoop(contender.world, plan.orders, 100, () => placeOrder(contender));
  return {
    acks: { 1: loneAcks, [WIDTH]: thirty.acks, 100: hundred.acks },
    perSecond: thirty.perSecond,
    lone,
    replays: await replays(contender, plan.repeats),
    cpuMs: cpuPerOrder(before, after, thirty.sent),
    rssMiB: after.rssMiB,
  };
}

/** The same order again under its key, by which nothing more happens. */
async function replays(contender: Contender, count: number): Promise<number[]> {
  const allDone = contender.world.more(1);
  const [key, reference] = [fresh(), fresh()];
  const place = () => placeOrder(contender, { key, reference });
  await place();
  await allDone;
  return inFlight(count, WIDTH, place);
}

/** What a start alone, and an empty run until it is done, cost; and a POST behind which nothing is. */
export async function measureFloor(service: BenchService, saga: Contender, count: number): Promise<FloorRound> {
  const connection = await Connection.connect({ address: service.temporalAddress });
  const client = new Client({ connection });
  const emptyAcks: number[] = [];
  const began = performance.now();
  await inFlight(count, WIDTH, async () => {
    const key = fresh();
    const sent = performance.now();
    await post(`${saga.base}/empty`, {}, { key });
    emptyAcks.push(performance.now() - sent);
    await client.workflow.getHandle(`empty-${key}`).result();
  });
  const emptyPerSecond = (count / (performance.now() - began)) * 1000;
  await connection.close();
  const nothingAcks = await inFlight(count, WIDTH, () => post(`${saga.base}/nothing`, {}));
  return { emptyAcks, emptyPerSecond, nothingAcks };
}

export type Arrivals = Awaited<ReturnType<typeof measureArrivals>>;

/** Acknowledgements at a fixed rate of arrival, and how long the backlog took to vanish after the last. */
export async function measureArrivals(contender: Contender, perSecond: number, seconds: number) {
  const allDone = contender.world.more(Math.round(perSecond * seconds));
  const acks = await openLoop(perSecond, seconds, () => placeOrder(contender));
  const lastAnswered = performance.now();
  await allDone;
  return { perSecond, seconds, acks, drainedInMs: performance.now() - lastAnswered };
}

/** What a run of each cost Temporal until its order was charged, shipped and mailed; the median of a few runs. */
export async function measureShapes(
  service: BenchService,
  ours: Contender,
  saga: Contender,
): Promise<{ idem: RunShape; saga: RunShape }> {
  const connection = await Connection.connect({ address: service.temporalAddress });
  const client = new Client({ connection });
  const historyOf = (run: string) => client.workflow.getHandle(run).fetchHistory();
  const shapes = async (runs: readonly string[]) => middle((await Promise.all(runs.map(historyOf))).map(shapeOf));
  const idem = await shapes(await loneRuns(ours, "order/"));
  const plain = await shapes(await loneRuns(saga, "saga-"));
  await connection.close();
  return { idem, saga: plain };
}

/** The ids of runs whose orders were sent one after the other, with nothing beside them. */
async function loneRuns(contender: Contender, prefix: string): Promise<string[]> {
  const runs: string[] = [];
  for (let index = 0; index < 10; index++) {
    const allDone = contender.world.more(1);
    const { id } = JSON.parse(await placeOrder(contender)) as { id: string };
    await allDone;
    runs.push(prefix + id);
  }
  await pause(1_000); // the last effect is seen before its workflow task has ended
  return runs;
}

function middle(shapes: readonly RunShape[]): RunShape {
  const of = (name: keyof RunShape) => median(shapes.map((shape) => shape[name]));
  return { events: of("events"), workflowTasks: of("workflowTasks"), actions: of("actions") };
}
