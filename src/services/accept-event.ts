import { reachingTheBook } from "../database/pool.js";
import type { OrderBook } from "../database/order-book.js";
import { isOrderId } from "../idempotency/derived-ids.js";
import { type ProviderEvent, storeEvent } from "../database/provider-events.js";

/** Takes an event in: durable before the provider is told so, applied once by the order's run. */
export async function takeEvent(book: OrderBook, event: ProviderEvent): Promise<void> {
  const orderId = event.orderId !== null && isOrderId(event.orderId) ? event.orderId : null;
  const fresh = await reachingTheBook(() => storeEvent(book.db, { ...event, orderId }));
  if (fresh) book.bell.ring("idem_outbox");
}
