import type { AttentionCause } from "../attention.js";
import { type Change, inSequence, UNCHANGED } from "../change.js";
import { amountOf, isOpen, operationName, parseStep } from "../operation.js";
import {
  balances,
  findOperation,
  isClosed,
  type Order,
  requireOperation,
  requireRefund,
  requireShipment,
} from "../order.js";
import { raise } from "./raise-attention.js";
import { append, setPayment } from "./transition.js";
import { awaitsCustomer } from "./void.js";

/**
 * A call brought no known answer. An unknown payment is shown as such; after ATTENTION_AFTER an operator is needed,
 * and the provider is asked all the same (E4).
 */
export function recordUnknown(order: Order, name: string, now: number): Change {
  const operation = findOperation(order, name);
  if (!isOpen(operation) || (name === operationName.authorize && awaitsCustomer(order))) return UNCHANGED;
  const isOld = now - operation.firstAttemptAt >= order.policy.attentionAfterMs;
  return inSequence(
    order,
    (next) => (name === operationName.authorize ? showUnknownPayment(next) : UNCHANGED),
    (next) =>
      isOld ? raise(next, { step: name, cause: causeOf(name), amount: atStake(order, name) }, now) : UNCHANGED,
  );
}

/** The provider's answer contradicts the request: an operator is needed at once, and nothing ships. */
export function recordContradiction(order: Order, name: string, now: number): Change {
  if (!isOpen(findOperation(order, name))) return UNCHANGED;
  const { kind, about } = parseStep(name);
  const isShipment = kind === "request" || kind === "recall";
  const cause: AttentionCause = isShipment ? "shipment_mismatch" : "outcome_unknown";
  return inSequence(
    order,
    (next) => raise(next, { step: name, cause, amount: atStake(order, name) }, now),
    (next) =>
      next.attentions === order.attentions
        ? UNCHANGED
        : isShipment
          ? append("shipment.mismatch", "warehouse", { shipment: about })
          : append("payment.mismatch", "payment-provider", { step: name }),
  );
}

function showUnknownPayment(order: Order): Change {
  const { status } = order.payment;
  if (isClosed(order) || status === "unknown" || status === "authorized") return UNCHANGED;
  return inSequence(
    order,
    (next) => setPayment(next, { status: "unknown" }),
    () => append("payment.unknown", "system"),
  );
}

function causeOf(name: string): AttentionCause {
  return name === operationName.authorize ? "payment_unknown" : "outcome_unknown";
}

/** The money that depends on the operation, in minor units. */
function atStake(order: Order, name: string): number {
  const { kind, about } = parseStep(name);
  switch (kind) {
    case "capture":
      return amountOf(requireOperation(order, name));
    case "refund":
      return requireRefund(order, about).amount;
    case "request":
    case "recall":
      return requireShipment(order, about).share;
    case "void":
      return balances(order).held || order.total;
    default:
      return order.total;
  }
}
