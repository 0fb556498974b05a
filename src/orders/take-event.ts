import { reachingTheBook } from "../book/open-book.js";
import type { OrderBook } from "../book/order-book.js";
import { type ProviderEvent, storeEvent } from "../book/provider-events.js";

/** Takes an event in: durable before the provider is told so, applied once by the order's run. */
export async function takeEvent(book: OrderBook, event: ProviderEvent): Promise<void> {
  const fresh = await reachingTheBook(() => storeEvent(book.db, event));
  if (fresh) book.bell.ring("idem_outbox");
}
