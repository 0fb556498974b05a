import type { Random } from "./random.js";

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** When every simulated order is accepted. Epoch milliseconds. */
export const START = Date.UTC(2026, 0, 1);

interface Scheduled {
  at: number;
  /** Decides between what is due at one moment. */
  draw: number;
  work: () => void | Promise<void>;
  /** In whose name the work is done; see {@link VirtualTime.context}. */
  context: object | null;
  isBackground: boolean;
}

/**
 * The only clock and the only scheduler of a simulation. One piece of work is done at a time, and all that follows from
 * it, before the next one: by time, and by the seed among those that are due together.
 */
export class VirtualTime {
  now = START;
  /** The activity that is being executed at this moment, for what the SDK keeps in an AsyncLocalStorage. */
  context: object | null = null;
  /** Work that is scheduled and is not background: while there is none, the world is quiet. */
  busy = 0;
  /** Pieces of work that were done. */
  steps = 0;
  /** The next one is the last. */
  private readonly queue: Scheduled[] = [];
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** Has work done later; a background work is no reason to go on. Returns how to take it back. */
  schedule(delayMs: number, work: () => void | Promise<void>, isBackground = false): () => void {
    const scheduled = this.insert(delayMs, work, null, isBackground);
    return () => this.remove(scheduled);
  }

  /** Resolves later, in the name of the same activity. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.insert(delayMs, resolve, this.context, false));
  }

  /** Does what is next; false when there is nothing. */
  async step(): Promise<boolean> {
    const next = this.queue.pop();
    if (!next) return false;
    if (!next.isBackground) this.busy--;
    this.steps++;
    this.now = next.at;
    this.context = next.context;
    await next.work();
    await drained();
    this.context = null;
    return true;
  }

  private insert(delayMs: number, work: Scheduled["work"], context: object | null, isBackground: boolean): Scheduled {
    const at = this.now + Math.max(0, Math.ceil(delayMs));
    const scheduled = { at, draw: this.random.next(), work, context, isBackground };
    let place = this.queue.length;
    while (place > 0 && isBefore(this.queue[place - 1], scheduled)) place--;
    this.queue.splice(place, 0, scheduled);
    if (!isBackground) this.busy++;
    return scheduled;
  }

  private remove(scheduled: Scheduled): void {
    const place = this.queue.indexOf(scheduled);
    if (place < 0) return;
    this.queue.splice(place, 1);
    if (!scheduled.isBackground) this.busy--;
  }
}

function isBefore(one: Scheduled | undefined, other: Scheduled): boolean {
  return one !== undefined && (one.at < other.at || (one.at === other.at && one.draw < other.draw));
}

/** When no promise has anything left to do: Node runs its ticks after the last microtask. */
export function drained(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** The answer of what will never answer. */
export function never<T>(): Promise<T> {
  return new Promise(() => {});
}
