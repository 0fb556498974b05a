import type Stripe from "stripe";
import type { ProviderReason } from "../../domain/operation.js";
import type { Payment, PaymentTerms, ProviderRefund } from "../../domain/payment.js";
import { ProviderError, providerReason } from "../provider-error.js";
import { fromStripeAmount } from "./stripe-currency.js";

const STATES: Record<string, Payment["state"]> = {
  requires_action: "action_required",
  requires_confirmation: "processing",
  processing: "processing",
  requires_capture: "authorized",
  succeeded: "captured",
  canceled: "voided",
};

/** A PaymentIntent, of an answer or of an event, as a payment. `failed`: an event or an error says that it failed. */
export function toPayment(intent: Stripe.PaymentIntent, failed = false): Payment {
  const { currency: lower, amount, metadata, id } = intent;
  if (typeof id !== "string" || typeof lower !== "string" || !Number.isSafeInteger(amount))
    throw new ProviderError("unknown", "unreadable_answer");
  const currency = lower.toUpperCase();
  return {
    reference: id,
    orderId: metadata?.["orderId"] ?? null,
    state: stateOf(intent, failed),
    amount: fromStripeAmount(amount, currency),
    currency,
    capturable: fromStripeAmount(intent.amount_capturable ?? 0, currency),
    received: fromStripeAmount(intent.amount_received ?? 0, currency),
    terms: termsOf(intent),
    reason: reasonOf(intent.last_payment_error),
    actionUrl: intent.next_action?.redirect_to_url?.url ?? null,
  };
}

/** `requires_payment_method` is every intent's first state, too: a decline only with an error. */
function stateOf(intent: Stripe.PaymentIntent, failed: boolean): Payment["state"] {
  if (intent.status === "requires_payment_method") return failed || intent.last_payment_error ? "failed" : "created";
  const state = STATES[intent.status];
  if (!state) throw new ProviderError("unknown", "unknown_payment_status");
  return state;
}

/** An event names the charge only; an answer has it whole. */
function termsOf({ latest_charge: charge }: Stripe.PaymentIntent): PaymentTerms | null {
  if (typeof charge !== "object" || charge === null) return null;
  const card = charge.payment_method_details?.card;
  return {
    captureBefore: card?.capture_before ? card.capture_before * 1000 : null,
    multicapture: card?.multicapture?.status === "available",
  };
}

function reasonOf(error: Stripe.PaymentIntent.LastPaymentError | null): ProviderReason | null {
  if (!error) return null;
  const { code, type, decline_code: declineCode, message } = error;
  return providerReason(code ?? type ?? "failed", {
    ...(declineCode !== undefined && { declineCode }),
    ...(message !== undefined && { message }),
  });
}

export function toProviderRefund(refund: Stripe.Refund): ProviderRefund {
  const { id, amount, currency, status, metadata } = refund;
  if (typeof id !== "string" || typeof currency !== "string" || !Number.isSafeInteger(amount))
    throw new ProviderError("unknown", "unreadable_answer");
  const failed = status === "failed" || status === "canceled";
  return {
    reference: id,
    state: failed ? "failed" : status === "succeeded" ? "succeeded" : "pending",
    amount: fromStripeAmount(amount, currency),
    refundId: metadata?.["refundId"] ?? null,
    reason: failed ? providerReason(refund.failure_reason ?? status ?? "failed") : null,
  };
}
