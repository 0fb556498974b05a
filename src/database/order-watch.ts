import { ChangeWatch } from "./change-watch.js";
import type { Notifier } from "./notifier.js";
import type { Session } from "./pool.js";

const VERSIONS = "select id, version from orders where id = any($1)";

/** Changes of orders that are waited for: by notifications, and by looks, since notifications may be lost. */
export class OrderWatch {
  private readonly looks: ChangeWatch;
  private readonly notifier: Notifier;

  constructor(session: Session, notifier: Notifier) {
    this.notifier = notifier;
    this.looks = new ChangeWatch(async (ids) => {
      const rows = await session.query<{ id: string; version: number }>(VERSIONS, [ids]);
      return new Map(rows.map(({ id, version }) => [id, version]));
    });
  }

  /** Calls `onChange` after each change, and once when the order is first seen; returns the function that ends it. */
  watch(orderId: string, onChange: () => void): () => void {
    const endLooks = this.looks.watch(orderId, onChange);
    const unsubscribe = this.notifier.watchOrder(orderId, onChange);
    return () => {
      unsubscribe();
      endLooks();
    };
  }

  close(): void {
    this.looks.close();
  }
}
