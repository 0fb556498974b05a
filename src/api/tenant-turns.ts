import { ProblemError } from "../domain/problem-error.js";
import { setTimeout as sleep } from "node:timers/promises";

/** What follows a piece, as a multiple of the time that it took. */
const PAUSE = 3;

interface Queue {
  last: Promise<void>;
  /** Pieces that have not ended. */
  length: number;
}

/** Work that a tenant may ask for without end: one piece at a time, so that it takes a quarter of the time at most (K11). */
export class TenantTurns {
  private readonly queues = new Map<string, Queue>();

  /** How many pieces of a tenant are waiting or being done. */
  lengthOf(tenant: string): number {
    return this.queues.get(tenant)?.length ?? 0;
  }

  /** Does a piece when those before it are done, each followed by a pause in proportion to what it took. */
  take<T>(tenant: string, work: () => Promise<T>): Promise<T> {
    const queue = this.queues.get(tenant) ?? { last: Promise.resolve(), length: 0 };
    this.queues.set(tenant, queue);
    queue.length++;
    let tookMs = 0;
    const done = queue.last.then(async () => {
      const began = performance.now();
      return work().finally(() => (tookMs = performance.now() - began));
    });
    queue.last = done
      .catch(() => {})
      .then(() => sleep(PAUSE * tookMs))
      .then(() => void (--queue.length === 0 && this.queues.delete(tenant)));
    return done;
  }
}

/** Long pages, exports and large bodies of this process. */
export const longReads = new TenantTurns();

/** Pieces of a tenant that wait for the one before them. */
const MOST_WAITING = 25;

/** Makes a long page, or parses a large body, when those before it are done: others are served between two. Throws a ProblemError. */
export function inTurn<T>(tenant: string, work: () => Promise<T>): Promise<T> {
  if (longReads.lengthOf(tenant) <= MOST_WAITING) return longReads.take(tenant, work);
  throw new ProblemError("rate-limited", `${MOST_WAITING} long pages or large bodies of this tenant are waiting.`, {
    retryAfterSeconds: 1,
  });
}
