import { type LoadedOrder, loadOrder } from "../database/load-order.js";
import { storeEvent, storeFact } from "../database/queries/store-fact.js";
import { isUnchanged } from "../domain/change.js";
import type { ProviderEvent, ProviderFact } from "../domain/fact.js";
import { applyFact, signalOf } from "../domain/rules/apply-fact.js";
import { isOrderId } from "../idempotency/derived-ids.js";
import type { ServiceDeps } from "./service-deps.js";

/**
 * Accepts a provider's event: stored before the provider is told so, applied once by the order's run. What the payment
 * provider reports is most often the echo of our own calls: of a fact that is recorded already nothing is stored.
 */
export async function acceptEvent({ database }: Pick<ServiceDeps, "database">, event: ProviderEvent): Promise<void> {
  const { orderId, fact, type } = event;
  if (!fact || orderId === null || !isOrderId(orderId)) return storeEvent(database.pool, event);
  if (fact.about === "payment" || fact.about === "refund") {
    const loaded = await loadOrder(database.pool, orderId);
    if (loaded && isEcho(loaded, fact, type)) return;
  }
  const isKnown = await storeFact(database.pool, { ...event, orderId, fact }, signalOf(orderId, fact));
  if (!isKnown) await storeEvent(database.pool, event);
}

function isEcho({ order, now }: LoadedOrder, fact: ProviderFact, type: string): boolean {
  if (order.facts.length > 0) return false;
  const change = applyFact(order, { number: 0, type, ...fact }, null, now);
  return isUnchanged({ ...change, applied: [] });
}
