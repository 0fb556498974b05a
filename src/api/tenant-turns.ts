import { setTimeout as sleep } from "node:timers/promises";

/** Work that a tenant may ask for without end: one piece at a time, so that it takes half of the time at most (K11). */
export class TenantTurns {
  private readonly last = new Map<string, Promise<void>>();

  /** Does a piece when those before it are done, each followed by a pause as long as it took. */
  take<T>(tenant: string, work: () => Promise<T>): Promise<T> {
    let tookMs = 0;
    const done = (this.last.get(tenant) ?? Promise.resolve()).then(async () => {
      const began = performance.now();
      return work().finally(() => (tookMs = performance.now() - began));
    });
    const rested = done.catch(() => {}).then(() => sleep(tookMs));
    this.last.set(tenant, rested);
    void rested.then(() => this.last.get(tenant) === rested && this.last.delete(tenant));
    return done;
  }
}
