import { change, type Change, inSequence, type Signal, type SignalName, UNCHANGED } from "../change.js";
import type { ProviderFact, StoredFact } from "../fact.js";
import type { Order } from "../order.js";
import { recordLateDelivery } from "./expiry.js";
import { recordPaymentEvent } from "./payment-report.js";
import { recordRefundEvent } from "./refund-report.js";
import { applyResolution, type Evidence, evidenceNeeded } from "./resolve-attention.js";
import { awaitsReservation } from "./reserve.js";
import { recordShipment } from "./shipment-report.js";

/** Applies a stored fact, once: it is marked in the change that it makes. */
export function applyFact(order: Order, fact: StoredFact, evidence: Evidence | null, now: number): Change {
  return inSequence(
    order,
    () => change({ applied: [fact.number] }),
    (next) => recordFact(next, fact, evidence, now),
  );
}

function recordFact(order: Order, fact: StoredFact, evidence: Evidence | null, now: number): Change {
  switch (fact.about) {
    case "payment":
      return recordPaymentEvent(order, fact.payment, fact.type, now);
    case "shipment":
      return recordShipment(order, fact.shipment, now);
    case "refund":
      return recordRefundEvent(order, fact.refund, now);
    case "delivery":
      return recordLateDelivery(order, fact.shipmentId, now);
    case "resolution":
      return applyResolution(order, fact, evidence, now);
  }
}

/**
 * Applies the oldest stored fact. Facts of a refund that waited behind a resolution which needed the provider are applied
 * with it: their own signals went to the refund's run, which could not apply them then. A restored order database hears of
 * shipments that it has not reserved yet: such a report waits until it has.
 */
export function applyOldestFact(order: Order, oldest: StoredFact, evidence: Evidence | null, now: number): Change {
  if (oldest.about === "shipment" && awaitsReservation(order)) return UNCHANGED;
  return inSequence(
    order,
    (next) => applyFact(next, oldest, evidence, now),
    (next) => (evidence ? applyStoredFacts(next, now) : UNCHANGED),
  );
}

/**
 * Applies the stored facts in the order of their numbers, as far as that needs no provider. A command is judged by the
 * order as they leave it, so that it cannot overtake what was known before it.
 */
export function applyStoredFacts(order: Order, now: number): Change {
  let needsProvider = false;
  return inSequence(
    order,
    ...order.facts.map((fact) => (next: Order): Change => {
      needsProvider ||= fact.about === "resolution" && evidenceNeeded(next, fact) !== null;
      return needsProvider ? UNCHANGED : applyFact(next, fact, null, now);
    }),
  );
}

/** The signal that brings a fact to its run: its name is for the reader of a history. */
export function signalOf(orderId: string, fact: ProviderFact): Signal {
  if (fact.about === "refund" && fact.refund.refundId !== null)
    return { workflow: "refund", subjectId: fact.refund.refundId, name: "refundUpdated" };
  return { workflow: "order", subjectId: orderId, name: signalName(fact) };
}

function signalName(fact: ProviderFact): SignalName {
  switch (fact.about) {
    case "payment":
      return PAYMENT_SIGNALS[fact.payment.state];
    case "shipment":
      return SHIPMENT_SIGNALS[fact.shipment.status];
    case "refund":
      return "refundUpdated";
    case "delivery":
      return "deliveryOverdue";
  }
}

const PAYMENT_SIGNALS = {
  created: "paymentUpdated",
  processing: "paymentUpdated",
  action_required: "paymentUpdated",
  authorized: "paymentAuthorized",
  captured: "paymentSucceeded",
  voided: "paymentCanceled",
  failed: "paymentFailed",
} as const;

const SHIPMENT_SIGNALS = {
  accepted: "shipmentUpdated",
  cancelled: "shipmentUpdated",
  shipped: "shipmentShipped",
  delivered: "shipmentDelivered",
  failed: "shipmentFailed",
} as const;
