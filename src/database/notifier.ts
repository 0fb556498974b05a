import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

/** A note between processes that something in the book changed. Notes may be lost; they only accelerate. */
export type Channel = "idem_outbox" | "idem_orders";

export interface Bell {
  /** Rings after the commit; notes of one moment travel in one statement, since NOTIFY serializes commits. */
  ring(channel: Channel, note?: string): void;
  /** Hears every note of every process; answers how to stop. An empty note stands for "look again". */
  hear(channel: Channel, listener: (note: string) => void): () => void;
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;
/** The first note goes at once; those that follow closely go together. */
const GAP_MS = 10;
/** PostgreSQL takes payloads below 8,000 bytes. */
const NOTES_PER_STATEMENT = 200;

export function createBell(pool: pg.Pool, databaseUrl: string): Bell {
  const listeners: Record<Channel, Set<(note: string) => void>> = { idem_outbox: new Set(), idem_orders: new Set() };
  const pending: Record<Channel, Set<string>> = { idem_outbox: new Set(), idem_orders: new Set() };
  let ringing = false;
  let closed = false;
  let client: pg.Client | null = null;

  const heard = () => (Object.keys(listeners) as Channel[]).filter((channel) => listeners[channel].size > 0);

  const tellAll = (channel: Channel, notes: string) => {
    for (const note of notes.split(",")) for (const listener of listeners[channel]) listener(note);
  };

  const flush = async (): Promise<void> => {
    if (ringing) return;
    ringing = true;
    try {
      for (;;) {
        const channel = (Object.keys(pending) as Channel[]).find((name) => pending[name].size > 0);
        if (!channel) return;
        const notes = [...pending[channel]].slice(0, NOTES_PER_STATEMENT);
        for (const note of notes) pending[channel].delete(note);
        await pool.query("select pg_notify($1, $2)", [channel, notes.join(",")]);
        await pause(GAP_MS, null, { ref: false });
      }
    } catch {
      // The sweeps of whoever listens find what this note would have told.
    } finally {
      ringing = false;
    }
  };

  const connect = async (): Promise<void> => {
    if (closed) return;
    const next = new pg.Client({ connectionString: databaseUrl, keepAlive: true, application_name: "idem bell" });
    const again = () => {
      if (client !== next) return;
      client = null;
      if (!closed) setTimeout(() => void connect(), RECONNECT_MS).unref();
    };
    client = next;
    next.on("error", again);
    next.on("end", again);
    next.on("notification", ({ channel, payload }) => {
      if (channel in listeners) tellAll(channel as Channel, payload ?? "");
    });
    try {
      await next.connect();
      for (const channel of heard()) await next.query(`listen ${channel}`);
      for (const channel of heard()) tellAll(channel, "");
    } catch {
      void next.end().catch(() => {}); // the connection never stood
      again();
    }
  };

  return {
    ring(channel, note = "") {
      pending[channel].add(note);
      setImmediate(() => void flush());
    },
    hear(channel, listener) {
      listeners[channel].add(listener);
      if (client === null) void connect();
      else if (listeners[channel].size === 1) client.query(`listen ${channel}`).catch(() => {}); // a connection that broke is made anew and listens to all
      return () => listeners[channel].delete(listener);
    },
    async close() {
      closed = true;
      await client?.end().catch(() => {}); // it may be gone already
    },
  };
}
