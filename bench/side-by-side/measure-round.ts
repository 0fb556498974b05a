import { cpuPerOrder, usageOf } from "../cpu-time.js";
import { inFlight } from "../in-flight.js";
import { closedLoop } from "../load/closed-loop.js";
import { fresh, placeOrder } from "../load/orders.js";
import type { System } from "../systems.js";
import { type Plan, WIDTH } from "./plan.js";

/** One system in one round; latencies in milliseconds. */
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

/** All of one system's figures of a round; it ends when every order is authorized, requested and confirmed by email. */
export async function measureRound(system: System, plan: Plan): Promise<Round> {
  const { ledger } = system.providers;
  const { acks: loneAcks, done: lone } = await loneOrders(system, plan.lone);
  const before = usageOf(system.pids);
  const thirty = await closedLoop(ledger, plan.orders, WIDTH, () => placeOrder(system));
  const after = usageOf(system.pids);
  const hundred = await closedLoop(ledger, plan.orders, 100, () => placeOrder(system));
  return {
    acks: { 1: loneAcks, [WIDTH]: thirty.acks, 100: hundred.acks },
    perSecond: thirty.perSecond,
    lone,
    replays: await replays(system, plan.repeats),
    cpuMs: cpuPerOrder(before, after, thirty.sent),
    rssMiB: after.rssMiB,
  };
}

/** Orders one after the other, each with its acknowledgement and until it is done. */
async function loneOrders(system: System, count: number): Promise<{ acks: number[]; done: number[] }> {
  const acks: number[] = [];
  const done: number[] = [];
  for (let index = 0; index < count; index++) {
    const began = performance.now();
    const allDone = system.providers.ledger.more(1);
    await placeOrder(system);
    acks.push(performance.now() - began);
    await allDone;
    done.push(performance.now() - began);
  }
  return { acks, done };
}

/** The same order again under its key, which has no further effect. */
async function replays(system: System, count: number): Promise<number[]> {
  const allDone = system.providers.ledger.more(1);
  const [key, reference] = [fresh(), fresh()];
  const place = () => placeOrder(system, { key, reference });
  await place();
  await allDone;
  return inFlight(count, WIDTH, place);
}
