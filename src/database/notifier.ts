import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { Session } from "./pool.js";

/** `idem_outbox`: rows wait to be delivered. `idem_orders`: an order changed; the notification is its id. */
export type Channel = "idem_outbox" | "idem_orders";

/** Notifications between processes after a commit. They may be lost; they only save the wait for the next sweep. */
export interface Notifier {
  /** Publishes after the commit; those of one moment travel in one statement, since NOTIFY serializes commits. */
  publish(channel: Channel, notification?: string): void;
  /** Receives every notification of every process; returns how to stop. An empty one stands for "anything may have changed". */
  subscribe(channel: Channel, listener: (notification: string) => void): () => void;
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;
/** The first notification goes at once; those that follow closely go together. */
const GAP_MS = 10;
/** PostgreSQL takes payloads below 8,000 bytes. */
const NOTIFICATIONS_PER_STATEMENT = 200;
const CHANNELS = ["idem_outbox", "idem_orders"] as const satisfies readonly Channel[];

export function createNotifier(session: Session, databaseUrl: string): Notifier {
  const listeners: Record<Channel, Set<(notification: string) => void>> = {
    idem_outbox: new Set(),
    idem_orders: new Set(),
  };
  const pending: Record<Channel, Set<string>> = { idem_outbox: new Set(), idem_orders: new Set() };
  let publishing = false;
  let closed = false;
  let client: pg.Client | null = null;

  const subscribed = () => CHANNELS.filter((channel) => listeners[channel].size > 0);

  const dispatch = (channel: Channel, payload: string) => {
    for (const notification of payload.split(",")) for (const listener of listeners[channel]) listener(notification);
  };

  const flush = async (): Promise<void> => {
    if (publishing) return;
    publishing = true;
    try {
      for (;;) {
        const channel = CHANNELS.find((name) => pending[name].size > 0);
        if (!channel) return;
        const batch = [...pending[channel]].slice(0, NOTIFICATIONS_PER_STATEMENT);
        for (const notification of batch) pending[channel].delete(notification);
        await session.query("select pg_notify($1, $2)", [channel, batch.join(",")]);
        await pause(GAP_MS, null, { ref: false });
      }
    } catch {
      // The subscribers' own sweeps find what this notification would have told.
    } finally {
      publishing = false;
    }
  };

  const connect = async (): Promise<void> => {
    if (closed) return;
    const next = new pg.Client({ connectionString: databaseUrl, keepAlive: true, application_name: "idem notifier" });
    const reconnect = () => {
      if (client !== next) return;
      client = null;
      if (!closed) setTimeout(() => void connect(), RECONNECT_MS).unref();
    };
    client = next;
    next.on("error", reconnect);
    next.on("end", reconnect);
    next.on("notification", ({ channel, payload }) => {
      const known = CHANNELS.find((name) => name === channel);
      if (known) dispatch(known, payload ?? "");
    });
    try {
      await next.connect();
      for (const channel of subscribed()) await next.query(`listen ${channel}`);
      for (const channel of subscribed()) dispatch(channel, "");
    } catch {
      void next.end().catch(() => {}); // it never connected
      reconnect();
    }
  };

  return {
    publish(channel, notification = "") {
      pending[channel].add(notification);
      setImmediate(() => void flush());
    },
    subscribe(channel, listener) {
      listeners[channel].add(listener);
      if (client === null) void connect();
      else if (listeners[channel].size === 1) client.query(`listen ${channel}`).catch(() => {}); // a new connection listens to all
      return () => listeners[channel].delete(listener);
    },
    async close() {
      closed = true;
      await client?.end().catch(() => {}); // it may have ended by itself
    },
  };
}
