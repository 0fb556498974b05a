import { inFlight } from "../in-flight.js";
import { beyond, CONFIRMED, type EffectCounts, type EffectLedger } from "../stub-providers/effect-ledger.js";

export interface ClosedLoop {
  /** The acknowledgements of `orders` orders, in milliseconds. */
  acks: number[];
  /** Orders done per second while the loop was full. */
  perSecond: number;
  /** All orders that were sent. */
  sent: number;
}

/**
 * Keeps `width` orders in flight, each from its sending until the providers have seen what each order leaves, so that the
 * rate is sustained and no backlog grows. The first `width` orders come in one rush that only fills the loop: their
 * acknowledgements do not count.
 */
export async function closedLoop(
  ledger: EffectLedger,
  orders: number,
  width: number,
  send: () => Promise<unknown>,
  each: EffectCounts = CONFIRMED,
): Promise<ClosedLoop> {
  const before = ledger.counts();
  const acks: number[] = [];
  const doneAt: number[] = [];
  const sent = orders + width;
  await inFlight(sent, width, async (index) => {
    const began = performance.now();
    await send();
    acks[index] = performance.now() - began;
    // The providers do not know the order by the caller's id, so their counts decide when the next one is sent.
    await ledger.reached(beyond(before, index + 1, each));
    doneAt.push(performance.now());
  });
  return { acks: acks.slice(width), perSecond: sustainedRate(doneAt, orders, width), sent };
}

/**
 * The rate of `orders + width` completions, in their order, while the loop was full: from when it had been filled until
 * the last order was sent. Milliseconds.
 */
export function sustainedRate(doneAt: readonly number[], orders: number, width: number): number {
  const [filled = Number.NaN, last = Number.NaN] = [doneAt[width - 1], doneAt[orders - 1]];
  return ((orders - width) / (last - filled)) * 1000;
}
