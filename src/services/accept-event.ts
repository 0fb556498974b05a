import { type LoadedOrder, loadOrder } from "../database/load-order.js";
import { storeEvent, storeFact } from "../database/queries/store-fact.js";
import { isUnchanged } from "../domain/change.js";
import type { ProviderEvent, ProviderFact } from "../domain/fact.js";
import { applyFact, signalOf } from "../domain/rules/apply-fact.js";
import { isOrderId } from "../idempotency/derived-ids.js";
import type { ServiceDeps } from "./service-deps.js";

/**
 * Accepts a provider's event: stored before the provider is told so, applied once by the order's run. A fact that is
 * recorded already, the usual echo of our own calls, is stored as applied, if no other fact waits before it.
 */
export async function acceptEvent({ database }: Pick<ServiceDeps, "database">, event: ProviderEvent): Promise<void> {
  const { orderId, fact } = event;
  const loaded = fact && orderId !== null && isOrderId(orderId) ? await loadOrder(database.pool, orderId) : null;
  if (!loaded || !fact || isEcho(loaded, fact, event.type)) return storeEvent(database.pool, event);
  const { id } = loaded.order;
  const number = await storeFact(database.pool, { ...event, orderId: id, fact }, signalOf(id, fact));
  if (number !== null) database.notifier.publish("idem_outbox");
}

function isEcho({ order, now }: LoadedOrder, fact: ProviderFact, type: string): boolean {
  if (order.facts.length > 0) return false;
  const change = applyFact(order, { number: 0, type, ...fact }, null, now);
  return isUnchanged({ ...change, applied: [] });
}
