import { setTimeout as pause } from "node:timers/promises";
import type { Contender } from "./contenders.js";
import { inFlight } from "./in-flight.js";
import { fresh, placeOrder } from "./load/orders.js";
import { PATHS, type Path, readers, type Sample } from "./load/reads.js";
import { quantile } from "./quantile.js";

export const WIDTH = 10;

/** Latencies of one book in one round, in milliseconds. */
export type GrowthRound = Record<Path, { p50: number; p99: number }>;

/** What each request of a slice took, in milliseconds. */
export type Slice = Record<Path, number[]>;

interface Placed {
  key: string;
  reference: string;
}

/** Every request of a slice to one service. */
export async function measureSlice(contender: Contender, seen: readonly Sample[], posts: number): Promise<Slice> {
  const slice = noneYet();
  const { took, placed } = await place(contender, posts);
  slice.POST = took;
  slice.replay = await inFlight(posts, WIDTH, (index) => placeOrder(contender, placed[index]));
  for (const [path, read] of Object.entries(readers(contender, seen))) {
    slice[path as Path] = await inFlight(posts, WIDTH, read);
  }
  return slice;
}

/** Places orders, and waits until they are charged, shipped and mailed, so that what follows is measured in peace. */
export async function place(contender: Contender, count: number): Promise<{ took: number[]; placed: Placed[] }> {
  const allDone = contender.world.more(count);
  const placed = Array.from({ length: count }, () => ({ key: fresh(), reference: fresh() }));
  const took = await inFlight(count, WIDTH, (index) => placeOrder(contender, placed[index]));
  await allDone;
  await pause(500); // the last mails are noted in the book
  return { took, placed };
}

/** A slice to which others are added. */
export function noneYet(): Slice {
  return Object.fromEntries(PATHS.map((path) => [path, []])) as unknown as Slice;
}

export function spreads(took: Slice): GrowthRound {
  const spread = (path: Path) => ({ p50: quantile(took[path], 0.5), p99: quantile(took[path], 0.99) });
  return Object.fromEntries(PATHS.map((path) => [path, spread(path)])) as GrowthRound;
}
