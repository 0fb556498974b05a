import type { Order } from "../domain/order.js";

/**
 * The orders that this process saved last, so that what it does next with one needs no load. An order here may be stale:
 * every save is guarded by the version, and what changes nothing is decided again on a fresh load.
 */
export class OrderCache {
  private readonly orders = new Map<string, Order>();
  private readonly size: number;

  /** @param size how many orders are kept; 0 keeps none. */
  constructor(size: number) {
    this.size = size;
  }

  get(id: string): Order | null {
    return this.orders.get(id) ?? null;
  }

  /** Keeps the order, unless a newer version of it is kept. */
  put(order: Order): void {
    if ((this.orders.get(order.id)?.version ?? 0) > order.version) return;
    this.orders.delete(order.id);
    if (order.closedAt !== null) return;
    this.orders.set(order.id, order);
    if (this.orders.size <= this.size) return;
    const [oldest] = this.orders.keys();
    if (oldest !== undefined) this.orders.delete(oldest);
  }

  drop(id: string): void {
    this.orders.delete(id);
  }
}
