import { setTimeout as pause } from "node:timers/promises";
import { type LoadedOrder, loadOrder } from "../database/load-order.js";
import { storeEvent, storeFact } from "../database/queries/store-fact.js";
import { isUnchanged } from "../domain/change.js";
import type { ProviderEvent, ProviderFact } from "../domain/fact.js";
import { applyFact, signalOf } from "../domain/rules/apply-fact.js";
import { isOrderId } from "../idempotency/derived-ids.js";
import type { ServiceDeps } from "./service-deps.js";

/** How long a payment event waits for our own record of the answer that it follows from, which it often overtakes. */
const OWN_ANSWER_MS = 100;

/**
 * Accepts a provider's event: stored before the provider gets its 2xx, applied once by the order's run. What the payment
 * provider reports is most often the echo of our own calls: a fact that is recorded already is not stored.
 */
export async function acceptEvent({ database }: Pick<ServiceDeps, "database">, event: ProviderEvent): Promise<void> {
  const { orderId, fact, type } = event;
  if (!fact || orderId === null || !isOrderId(orderId)) return storeEvent(database.session, event);
  if (fact.about === "payment" || fact.about === "refund") {
    await pause(OWN_ANSWER_MS);
    const loaded = await loadOrder(database.session, orderId);
    // An old authorization that is reported once more after its void would be voided again: its event is kept.
    if (loaded && isEcho(loaded, fact, type)) {
      if (isAuthorized(fact)) await storeEvent(database.session, event);
      return;
    }
  }
  const isKnown = await storeFact(database.session, { ...event, orderId, fact }, signalOf(orderId, fact));
  if (!isKnown) await storeEvent(database.session, event);
}

function isAuthorized(fact: ProviderFact): boolean {
  return fact.about === "payment" && fact.payment.state === "authorized";
}

function isEcho({ order, now }: LoadedOrder, fact: ProviderFact, type: string): boolean {
  // What waits of the warehouse says nothing about money; anything else may be what this fact comes after.
  if (!order.facts.every(({ about }) => about === "shipment" || about === "delivery")) return false;
  const change = applyFact(order, { number: 0, type, ...fact }, null, now);
  return isUnchanged({ ...change, applied: [] });
}
