import type Stripe from "stripe";
import type { ProviderEvent, ProviderFact } from "../../database/provider-events.js";
import { toPayment, toProviderRefund } from "./stripe-payment.js";

/** Older signatures are refused. */
const TOLERANCE_S = 300;

/** Reads a Stripe event; null when its signature holds under none of the secrets (two while rotating). */
export function readStripeEvent(
  stripe: Stripe,
  secrets: readonly string[],
  raw: Buffer,
  signature: string,
): ProviderEvent | null {
  const event = verified(stripe, secrets, raw, signature);
  if (!event) return null;
  const { orderId, fact } = meaningOf(event);
  return {
    provider: "stripe",
    eventId: event.id,
    type: event.type,
    orderId,
    fact,
  };
}

function verified(stripe: Stripe, secrets: readonly string[], raw: Buffer, signature: string): Stripe.Event | null {
  for (const secret of secrets) {
    try {
      return stripe.webhooks.constructEvent(raw, signature, secret, TOLERANCE_S);
    } catch {
      // Not under this secret; the answer is null only when it is under none.
    }
  }
  return null;
}

function meaningOf(event: Stripe.Event): { orderId: string | null; fact: ProviderFact } {
  const { object } = event.data;
  if (!("object" in object)) return { orderId: null, fact: { about: "nothing" } };
  if (object.object === "payment_intent") {
    return { orderId: object.metadata["orderId"] ?? null, fact: { about: "payment", payment: toPayment(object) } };
  }
  if (object.object === "refund") {
    return {
      orderId: object.metadata?.["orderId"] ?? null,
      fact: { about: "refund", refund: toProviderRefund(object) },
    };
  }
  return { orderId: null, fact: { about: "nothing" } };
}
