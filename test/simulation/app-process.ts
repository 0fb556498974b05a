import type { LoadedOrder } from "../../src/database/load-order.js";
import type { Alongside } from "../../src/database/save-order.js";
import type { Database } from "../../src/database/database.js";
import { OrderCache } from "../../src/database/order-cache.js";
import { DatabaseUnavailableError } from "../../src/database/pool.js";
import type { Change, Signal } from "../../src/domain/change.js";
import type { Order } from "../../src/domain/order.js";
import type { FactEvent, InMemory } from "./in-memory-modules.js";
import type { OrderStore } from "./order-store.js";
import type { Random } from "./random.js";
import { never, type VirtualTime } from "./virtual-time.js";
import type { World } from "./world.js";

/** What a process meets when it reaches outside of itself. */
export interface Weather {
  /** Milliseconds until a statement takes effect. */
  statementMs(): number;
  /** Whether the answer to a statement that took effect is lost. */
  losesAnswer(): boolean;
  /** Whether the process dies at this moment: asked before and after each effect. */
  dies(process: AppProcess): boolean;
}

/** A process of Idem: it has a cache of its own, and once it is dead nothing in it goes on. */
export class AppProcess implements InMemory {
  isAlive = true;
  readonly database: Database;
  private readonly onDeath = new Set<() => void>();
  private readonly store: OrderStore;
  private readonly time: VirtualTime;
  private readonly weather: Weather;

  /** @param cachedOrders as src/database/database.ts means it. */
  constructor(store: OrderStore, time: VirtualTime, weather: Weather, cachedOrders: number) {
    this.store = store;
    this.time = time;
    this.weather = weather;
    this.database = {
      session: this,
      acceptance: this,
      notifier: { announceOrder() {}, announceOutbox() {} },
      cache: new OrderCache(cachedOrders),
      clock: { observe() {}, now: () => time.now },
      onAttention() {},
    } as unknown as Database;
  }

  /** Reaches outside: the effect happens after a while, and what comes back may reach a process that is no more. */
  async reach<T>(ms: number, effect: () => T): Promise<T> {
    await this.time.sleep(ms);
    if (!this.isAlive || this.weather.dies(this)) return never();
    const result = effect();
    return this.weather.dies(this) ? never() : result;
  }

  /** Waits, if it lives. */
  async wait(ms: number): Promise<void> {
    await this.time.sleep(ms);
    if (!this.isAlive) await never();
  }

  /** Nothing else changes the order meanwhile. */
  async transaction<T>(work: (session: InMemory) => Promise<T>): Promise<T> {
    const session: AppProcess = Object.create(this);
    await session.unlocked();
    this.store.lockedBy = session;
    try {
      return await work(session);
    } finally {
      this.store.lockedBy = null;
    }
  }

  die(): void {
    this.isAlive = false;
    if (this.store.lockedBy && Object.getPrototypeOf(this.store.lockedBy) === this) this.store.lockedBy = null;
    for (const listener of this.onDeath) listener();
  }

  /** Returns how to stop listening. */
  whenDead(listener: () => void): () => void {
    this.onDeath.add(listener);
    return () => this.onDeath.delete(listener);
  }

  query(): Promise<never[]> {
    return Promise.resolve([]);
  }

  load(id: string): Promise<LoadedOrder | null> {
    return this.state(() => {
      const { order } = this.store;
      const at = new Date(this.time.now);
      return id === order.id ? { order, isRequested: false, createdAt: at, updatedAt: at, now: this.time.now } : null;
    });
  }

  async save(before: Order, change: Change, after: Order, alongside: Alongside) {
    await this.unlocked();
    const saved = await this.state(() => this.store.save(before, change, after, alongside, this.time.now));
    if (this.weather.losesAnswer()) throw new DatabaseUnavailableError(new Error("the connection was lost"));
    return saved;
  }

  async storeFact(event: FactEvent, signal: Signal): Promise<boolean> {
    await this.unlocked();
    return this.state(() => {
      this.store.storeFact(event, signal);
      return true;
    });
  }

  available(skus: readonly string[]) {
    return this.state(() => this.store.available(skus));
  }

  findCommand(id: string) {
    return this.state(() => this.store.findCommand(id));
  }

  findRefund(id: string) {
    return this.state(() => this.store.findRefund(id));
  }

  private async unlocked(): Promise<void> {
    while (this.store.lockedBy !== null && this.store.lockedBy !== this) await this.wait(1);
  }

  private state<T>(effect: () => T): Promise<T> {
    return this.reach(this.weather.statementMs(), effect);
  }
}

/** A process in the scenario's weather. */
export function createProcess(
  { random, time, store, scenario }: Pick<World, "random" | "time" | "store" | "scenario">,
  dies: Weather["dies"],
  cachedOrders: number,
): AppProcess {
  return new AppProcess(store, time, weatherOf(random, scenario.faults.database, dies), cachedOrders);
}

/** A database that is fast, but for a moment in a hundred; its answers are lost once in so many. */
function weatherOf(random: Random, troubles: { slow: number; lost: number }, dies: Weather["dies"]): Weather {
  return {
    statementMs: () => (random.chance(troubles.slow) ? random.between(200, 1_500) : random.between(1, 4)),
    losesAnswer: () => random.chance(troubles.lost),
    dies,
  };
}
