import type { Notifier } from "./notifier.js";
import type { Session } from "./pool.js";

/** How long a change goes unnoticed whose notification was lost. */
const LOOK_EVERY_MS = 1_000;

interface Watched {
  /** As it was seen last; null before. */
  version: number | null;
  listeners: Set<() => void>;
}

/**
 * Changes of orders that somebody waits for: by notifications, and, since these may be lost, by one look a second of this
 * process at all of them together.
 */
export class OrderWatch {
  private readonly orders = new Map<string, Watched>();
  private readonly session: Session;
  private readonly notifier: Notifier;
  private looking = false;
  private readonly timer: NodeJS.Timeout;

  constructor(session: Session, notifier: Notifier) {
    this.session = session;
    this.notifier = notifier;
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** Calls `onChange` after each change, and once when the order is first seen; returns the function that ends it. */
  watch(orderId: string, onChange: () => void): () => void {
    const watched = this.orders.get(orderId) ?? { version: null, listeners: new Set() };
    this.orders.set(orderId, watched);
    watched.listeners.add(onChange);
    const unsubscribe = this.notifier.watchOrder(orderId, onChange);
    return () => {
      unsubscribe();
      watched.listeners.delete(onChange);
      if (watched.listeners.size === 0) this.orders.delete(orderId);
    };
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.looking || this.orders.size === 0) return;
    this.looking = true;
    try {
      const seen = await this.session.query<{ id: string; version: number }>(
        "select id, version from orders where id = any($1)",
        [[...this.orders.keys()]],
      );
      for (const { id, version } of seen) {
        const watched = this.orders.get(id);
        if (!watched || watched.version === version) continue;
        watched.version = version;
        for (const listener of watched.listeners) listener();
      }
    } catch {
      // The next look finds what changed meanwhile.
    } finally {
      this.looking = false;
    }
  }
}
