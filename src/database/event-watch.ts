import type { Session } from "./pool.js";
import { readHeads } from "./queries/feed-page.js";

const LOOK_EVERY_MS = 1_000;

interface Watched {
  /** The feed's newest event as it was seen last; null before. */
  head: string | null;
  listeners: Set<() => void>;
}

/** Feeds that somebody waits for: one look a second of this process at all of them together. */
export class EventWatch {
  private readonly tenants = new Map<string, Watched>();
  private readonly session: Session;
  private looking = false;
  private readonly timer: NodeJS.Timeout;

  constructor(session: Session) {
    this.session = session;
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** Calls `onChange` after new events, and once when the feed is first seen; returns the function that ends it. */
  watch(tenant: string, onChange: () => void): () => void {
    const watched = this.tenants.get(tenant) ?? { head: null, listeners: new Set() };
    this.tenants.set(tenant, watched);
    watched.listeners.add(onChange);
    return () => {
      watched.listeners.delete(onChange);
      if (watched.listeners.size === 0) this.tenants.delete(tenant);
    };
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.looking || this.tenants.size === 0) return;
    this.looking = true;
    try {
      for (const [tenant, head] of await readHeads(this.session, [...this.tenants.keys()])) {
        const watched = this.tenants.get(tenant);
        if (!watched || watched.head === head) continue;
        watched.head = head;
        for (const listener of watched.listeners) listener();
      }
    } catch {
      // The next look finds what came meanwhile.
    } finally {
      this.looking = false;
    }
  }
}
