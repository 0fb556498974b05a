import { inFlight } from "../in-flight.js";
import { beyond, type World } from "../world.js";

export interface ClosedLoop {
  /** The acknowledgements of `orders` orders, in milliseconds. */
  acks: number[];
  /** Orders done per second while the loop was full. */
  perSecond: number;
  /** All orders that were sent. */
  sent: number;
}

/**
 * Keeps `width` orders in flight, each from its sending until the world has seen it done, so that what is measured is
 * sustained and no backlog grows. The first `width` orders come in one rush that only fills the loop: their
 * acknowledgements do not count, and the rate is taken from when as many are done to when the last one is sent.
 */
export async function closedLoop(
  world: World,
  orders: number,
  width: number,
  send: () => Promise<unknown>,
): Promise<ClosedLoop> {
  const seen = world.effects();
  const acks: number[] = [];
  const doneAt: number[] = [];
  const sent = orders + width;
  await inFlight(sent, width, async (index) => {
    const began = performance.now();
    await send();
    acks[index] = performance.now() - began;
    // Orders are anonymous in the world, so it is their number that tells when the next may be sent.
    await world.reached(beyond(seen, index + 1));
    doneAt.push(performance.now());
  });
  const [filled = Number.NaN, last = Number.NaN] = [doneAt[width - 1], doneAt[orders - 1]];
  return { acks: acks.slice(width), perSecond: ((orders - width) / (last - filled)) * 1000, sent };
}
