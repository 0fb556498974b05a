import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

/**
 * `idem_outbox`: rows wait to be delivered. `idem_orders`: an order changed, the payload is its id. `idem_watched`:
 * a process waits for the order with that id.
 */
const CHANNELS = ["idem_outbox", "idem_orders", "idem_watched"] as const;
type Channel = (typeof CHANNELS)[number];

/** Wakes the dispatchers within the transaction of a statement, for which it is a column. */
export const NOTIFY_OUTBOX = "pg_notify('idem_outbox', '') is null";

/** Notifications between processes. They are hints and may be lost: a waiter also polls. */
export interface Notifier {
  /** Wakes the dispatchers; once for what is announced within a few milliseconds. */
  announceOutbox(): void;
  onOutbox(listener: () => void): () => void;
  /** Notifies the waiters of the order in every process; sends nothing while there are none. */
  announceOrder(orderId: string): void;
  /** Subscribes to the order's changes; returns the function that unsubscribes. */
  watchOrder(orderId: string, listener: () => void): () => void;
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;
/** The first notification goes at once; those that follow closely go together. */
const GAP_MS = 10;
/** PostgreSQL takes payloads below 8,000 bytes. */
const IDS_PER_NOTIFICATION = 200;
/** How often it is repeated that an order is watched, and how long that is believed. */
const RENEW_MS = 20_000;
const BELIEVED_MS = 60_000;

/**
 * A notification that is lost in a crash is no loss, so none waits for the disk. For this statement alone: a pooler may
 * give the session to others next.
 */
const PUBLISH = "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";

/** Notifications over a connection of their own. */
export function createNotifier(databaseUrl: string): Notifier {
  const outboxListeners = new Set<() => void>();
  const watchers = new Map<string, Set<() => void>>();
  /** Orders that are watched in other processes, and until when that is believed. */
  const watchedElsewhere = new Map<string, number>();
  const pending: Record<Channel, Set<string>> = {
    idem_outbox: new Set(),
    idem_orders: new Set(),
    idem_watched: new Set(),
  };
  let publishing = false;
  let closed = false;
  let client: pg.Client | null = null;
  let connected = false;

  const receive = (channel: Channel, ids: readonly string[]): void => {
    switch (channel) {
      case "idem_outbox":
        for (const listener of outboxListeners) listener();
        return;
      case "idem_orders":
        for (const id of ids) for (const listener of watchers.get(id) ?? []) listener();
        return;
      case "idem_watched":
        for (const id of ids) watchedElsewhere.set(id, Date.now() + BELIEVED_MS);
    }
  };

  const publish = (channel: Channel, id: string): void => {
    pending[channel].add(id);
    setImmediate(() => void flush());
  };

  const flush = async (): Promise<void> => {
    if (publishing || !client || !connected) return;
    publishing = true;
    try {
      for (;;) {
        const channel = CHANNELS.find((name) => pending[name].size > 0);
        if (!channel) return;
        const batch = [...pending[channel]].slice(0, IDS_PER_NOTIFICATION);
        for (const id of batch) pending[channel].delete(id);
        await client.query(PUBLISH, [channel, batch.join(",")]);
        await pause(GAP_MS, null, { ref: false });
      }
    } catch {
      // The waiters poll.
    } finally {
      publishing = false;
    }
  };

  const connect = async (): Promise<void> => {
    if (closed) return;
    const next = new pg.Client({ connectionString: databaseUrl, keepAlive: true, application_name: "idem notifier" });
    const reconnect = () => {
      if (client !== next) return;
      [client, connected] = [null, false];
      if (!closed) setTimeout(() => void connect(), RECONNECT_MS).unref();
    };
    client = next;
    next.on("error", reconnect);
    next.on("end", reconnect);
    next.on("notification", ({ channel, payload }) => {
      const known = CHANNELS.find((name) => name === channel);
      if (known) receive(known, (payload ?? "").split(","));
    });
    try {
      await next.connect();
      await next.query(CHANNELS.map((name) => `listen ${name}`).join("; "));
      connected = true;
      for (const id of watchers.keys()) publish("idem_watched", id);
      receive("idem_outbox", []);
      receive("idem_orders", [...watchers.keys()]); // any of them may have changed meanwhile
      void flush();
    } catch {
      void next.end().catch(() => {}); // it never connected
      reconnect();
    }
  };

  const renewal = setInterval(() => {
    for (const id of watchers.keys()) publish("idem_watched", id);
    for (const [id, until] of watchedElsewhere) if (until < Date.now()) watchedElsewhere.delete(id);
  }, RENEW_MS).unref();
  void connect();

  return {
    announceOutbox: () => publish("idem_outbox", ""),
    onOutbox(listener) {
      outboxListeners.add(listener);
      return () => outboxListeners.delete(listener);
    },
    announceOrder(orderId) {
      if (watchers.has(orderId) || watchedElsewhere.has(orderId)) publish("idem_orders", orderId);
    },
    watchOrder(orderId, listener) {
      const listeners = watchers.get(orderId) ?? new Set();
      watchers.set(orderId, listeners.add(listener));
      if (listeners.size === 1) publish("idem_watched", orderId);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) watchers.delete(orderId);
      };
    },
    async close() {
      closed = true;
      clearInterval(renewal);
      await client?.end().catch(() => {}); // it may have ended by itself
    },
  };
}
