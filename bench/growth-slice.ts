import { setTimeout as pause } from "node:timers/promises";
import { inFlight } from "./in-flight.js";
import { fresh, placeOrder } from "./load/orders.js";
import { PATHS, type Path, readers, type Sample } from "./load/reads.js";
import { quantile } from "./quantile.js";
import type { System } from "./systems.js";

export const WIDTH = 10;

/** Latencies of one service in one round, in milliseconds. */
export type GrowthRound = Record<Path, { p50: number; p99: number }>;

/** What each request of a slice took, in milliseconds. */
export type Slice = Record<Path, number[]>;

interface Placed {
  key: string;
  reference: string;
}

/** Every request of a slice to one service. */
export async function measureSlice(system: System, seen: readonly Sample[], posts: number): Promise<Slice> {
  const slice = emptySlice();
  const { took, placed } = await placeOrders(system, posts);
  slice.POST = took;
  slice.replay = await inFlight(posts, WIDTH, (index) => placeOrder(system, placed[index]));
  for (const [path, read] of Object.entries(readers(system, seen))) {
    slice[path as Path] = await inFlight(posts, WIDTH, read);
  }
  return slice;
}

/** Places orders and waits until they are confirmed by email, so that their work does not disturb what is measured next. */
export async function placeOrders(system: System, count: number): Promise<{ took: number[]; placed: Placed[] }> {
  const allDone = system.providers.ledger.more(count);
  const placed = Array.from({ length: count }, () => ({ key: fresh(), reference: fresh() }));
  const took = await inFlight(count, WIDTH, (index) => placeOrder(system, placed[index]));
  await allDone;
  await pause(500); // the last emails are recorded
  return { took, placed };
}

/** A slice that others are added to. */
export function emptySlice(): Slice {
  return byPath(() => []);
}

export function quantilesOf(took: Slice): GrowthRound {
  const spread = (path: Path) => ({ p50: quantile(took[path], 0.5), p99: quantile(took[path], 0.99) });
  return byPath(spread);
}

function byPath<T>(value: (path: Path) => T): Record<Path, T> {
  return Object.fromEntries(PATHS.map((path) => [path, value(path)])) as Record<Path, T>;
}
