import { setTimeout as pause } from "node:timers/promises";

/**
 * Sends at a fixed rate, however long responses take; the milliseconds that each took from the moment it was due, so
 * that a stall counts for every request that waited because of it.
 */
export async function openLoop(perSecond: number, seconds: number, send: () => Promise<unknown>): Promise<number[]> {
  const count = Math.round(perSecond * seconds);
  const began = performance.now();
  const took: number[] = [];
  const sent: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    const due = began + (index * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    sent.push(send().then(() => void took.push(performance.now() - due)));
  }
  await Promise.all(sent);
  return took;
}
