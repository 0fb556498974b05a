import { openLoop } from "../load/open-loop.js";
import { placeOrder } from "../load/orders.js";
import type { System } from "../systems.js";

export interface Arrivals {
  perSecond: number;
  seconds: number;
  /** Milliseconds. */
  acks: number[];
  /** How long after the last acknowledgement the last order was done. */
  drainedInMs: number;
}

/** Acknowledgements at a fixed rate of arrival, and how long the backlog lasted after the last one. */
export async function measureArrivals(system: System, perSecond: number, seconds: number): Promise<Arrivals> {
  const allDone = system.providers.ledger.more(Math.round(perSecond * seconds));
  const acks = await openLoop(perSecond, seconds, () => placeOrder(system));
  const lastAnswered = performance.now();
  await allDone;
  return { perSecond, seconds, acks, drainedInMs: performance.now() - lastAnswered };
}
