import type { Kysely } from "kysely";
import type { Attention } from "../domain/attention.js";
import type { Order } from "../domain/order.js";
import { createNotifier, type Notifier } from "./notifier.js";
import { ChangeWatch } from "./change-watch.js";
import { readHeads } from "./queries/feed-page.js";
import { OrderWatch } from "./order-watch.js";
import { OrderCache } from "./order-cache.js";
import { type ConnectedPool, createPool, type Session } from "./pool.js";
import type { Tables } from "./schema.js";

export { isUnavailable } from "./pool.js";

/** The order database of this process. */
export interface Database {
  /** For reads and for what touches no order. */
  db: Kysely<Tables>;
  session: Session;
  /** Connections that acceptance does not share: nothing else can keep it waiting. */
  acceptance: Session;
  /** Commits what `work` wrote, or rolls all of it back when it throws. */
  transaction: ConnectedPool["transaction"];
  /** A connection of its own, for a long read of one moment; whoever takes it releases it. */
  connect: ConnectedPool["connect"];
  notifier: Notifier;
  orderWatch: OrderWatch;
  /** New events of a tenant. */
  eventWatch: ChangeWatch;
  cache: OrderCache;
  clock: Clock;
  /** Called once for an attention that this process raised. */
  onAttention(order: Order, attention: Attention): void;
  close(): Promise<void>;
}

export interface ConnectOptions {
  connections: number;
  /** Connections of acceptance's own; none shares the others. */
  acceptanceConnections?: number;
  /** Orders that are kept between two of their steps. */
  cachedOrders?: number;
  onAttention?(order: Order, attention: Attention): void;
}

export function connect(databaseUrl: string, options: ConnectOptions): Database {
  const pool = createPool(databaseUrl, options.connections);
  const acceptance = options.acceptanceConnections ? createPool(databaseUrl, options.acceptanceConnections) : pool;
  const notifier = createNotifier(databaseUrl);
  const orderWatch = new OrderWatch(pool, notifier);
  const eventWatch = new ChangeWatch((tenants) => readHeads(pool, tenants));
  return {
    db: pool.db,
    session: pool,
    acceptance,
    transaction: pool.transaction,
    connect: pool.connect,
    notifier,
    orderWatch,
    eventWatch,
    cache: new OrderCache(options.cachedOrders ?? 0),
    clock: new Clock(),
    onAttention: options.onAttention ?? (() => {}),
    async close() {
      orderWatch.close();
      eventWatch.close();
      await notifier.close();
      if (acceptance !== pool) await acceptance.close();
      await pool.close();
    },
  };
}

/** The database's clock, as its last results report it: rules never use the process's own. */
class Clock {
  private offset = 0;

  /** @param now the database's time of an answer that came this moment, epoch milliseconds. */
  observe(now: number): void {
    this.offset = now - Date.now();
  }

  now(): number {
    return Date.now() + this.offset;
  }
}
