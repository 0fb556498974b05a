import type Stripe from "stripe";
import { MAX_EVENT_ID, type ProviderEvent, type ProviderFact } from "../../domain/fact.js";
import { ProviderError } from "../provider-error.js";
import { readText, toPayment, toProviderRefund } from "./stripe-payment.js";

/** Older signatures are refused. */
const TOLERANCE_S = 300;

/** The types that move anything; the endpoint at Stripe needs no others (docs/operations.md). */
export const STRIPE_EVENT_TYPES = [
  "payment_intent.amount_capturable_updated",
  "payment_intent.canceled",
  "payment_intent.payment_failed",
  "payment_intent.requires_action",
  "payment_intent.succeeded",
  "refund.created",
  "refund.failed",
  "refund.updated",
] as const;

/** Reads a Stripe event; null when its signature holds under none of the secrets (two while rotating). */
export function readStripeEvent(
  stripe: Stripe,
  secrets: readonly string[],
  raw: Buffer,
  signature: string,
): ProviderEvent | null {
  const event = verified(stripe, secrets, raw, signature);
  if (!event || typeof event.id !== "string" || typeof event.type !== "string") return null;
  if (event.id.length > MAX_EVENT_ID) return null;
  return { provider: "stripe", eventId: event.id, type: event.type, ...meaningOf(event) };
}

function verified(stripe: Stripe, secrets: readonly string[], raw: Buffer, signature: string): Stripe.Event | null {
  for (const secret of secrets) {
    try {
      return stripe.webhooks.constructEvent(raw, signature, secret, TOLERANCE_S);
    } catch {
      // Not under this secret; null only when it is under none.
    }
  }
  return null;
}

const NOTHING = { orderId: null, fact: null };

/** An object that cannot be read brings no fact: polling finds what it would have said. */
function meaningOf(event: Stripe.Event): { orderId: string | null; fact: ProviderFact | null } {
  if (!(STRIPE_EVENT_TYPES as readonly string[]).includes(event.type)) return NOTHING;
  try {
    return readObject(event);
  } catch (error) {
    if (error instanceof ProviderError || error instanceof TypeError) return NOTHING;
    throw error;
  }
}

function readObject(event: Stripe.Event): { orderId: string | null; fact: ProviderFact | null } {
  const { object } = event.data;
  if (!("object" in object)) return NOTHING;
  if (object.object === "payment_intent") {
    const payment = toPayment(object, event.type === "payment_intent.payment_failed");
    return { orderId: payment.orderId, fact: { about: "payment", payment } };
  }
  if (object.object === "refund")
    return {
      orderId: readText(object.metadata?.["orderId"]),
      fact: { about: "refund", refund: toProviderRefund(object) },
    };
  return NOTHING;
}
