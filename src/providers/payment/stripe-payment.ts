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

/** What the provider says where we expect a text; null for anything else. */
export function readText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** What moved, in whole units of ours; an answer with anything else than an amount in its place cannot be read. */
export function readAmount(value: unknown, currency: string): number {
  return Math.floor(readRequested(value, currency));
}

/** What was requested: a fraction is kept, so that it contradicts every request. */
function readRequested(value: unknown, currency: string): number {
  const amount = typeof value === "number" ? fromStripeAmount(value, currency) : Number.NaN;
  if (!Number.isSafeInteger(value) || !Number.isSafeInteger(Math.floor(amount)))
    throw new ProviderError("unknown", "unreadable_answer");
  return amount;
}

/** A PaymentIntent, of an answer or of an event, as a payment. `failed`: an event or an error says that it failed. */
export function toPayment(intent: Stripe.PaymentIntent, failed = false): Payment {
  const { currency: lower, amount, metadata, id } = intent;
  if (typeof id !== "string" || typeof lower !== "string") throw new ProviderError("unknown", "unreadable_answer");
  const currency = lower.toUpperCase();
  return {
    reference: id,
    orderId: readText(metadata?.["orderId"]),
    state: stateOf(intent, failed),
    amount: readRequested(amount, currency),
    currency,
    capturable: readAmount(intent.amount_capturable ?? 0, currency),
    received: readAmount(intent.amount_received ?? 0, currency),
    terms: termsOf(intent),
    reason: reasonOf(intent.last_payment_error),
    actionUrl: readText(intent.next_action?.redirect_to_url?.url),
  };
}

/** `requires_payment_method` is every intent's first state, too: a decline only with an error. */
function stateOf(intent: Stripe.PaymentIntent, failed: boolean): Payment["state"] {
  if (intent.status === "requires_payment_method") return failed || intent.last_payment_error ? "failed" : "created";
  const state = Object.hasOwn(STATES, intent.status) ? STATES[intent.status] : undefined;
  if (!state) throw new ProviderError("unknown", "unknown_payment_status");
  return state;
}

/** An event names the charge only; an answer has it whole. */
function termsOf({ latest_charge: charge }: Stripe.PaymentIntent): PaymentTerms | null {
  if (typeof charge !== "object" || charge === null) return null;
  const card = charge.payment_method_details?.card;
  return {
    captureBefore: Number.isSafeInteger(card?.capture_before) ? Number(card?.capture_before) * 1000 : null,
    multicapture: card?.multicapture?.status === "available",
  };
}

function reasonOf(error: Stripe.PaymentIntent.LastPaymentError | null): ProviderReason | null {
  if (!error) return null;
  const { code, type, decline_code: declineCode, message } = error;
  const reason = { declineCode: readText(declineCode), message: readText(message) };
  return providerReason(readText(code) ?? readText(type) ?? "failed", reason);
}

export function toProviderRefund(refund: Stripe.Refund): ProviderRefund {
  const { id, amount, currency, status, metadata } = refund;
  if (typeof id !== "string" || typeof currency !== "string") throw new ProviderError("unknown", "unreadable_answer");
  const failed = status === "failed" || status === "canceled";
  return {
    reference: id,
    state: failed ? "failed" : status === "succeeded" ? "succeeded" : "pending",
    amount: readRequested(amount, currency),
    refundId: readText(metadata?.["refundId"]),
    reason: failed ? providerReason(readText(refund.failure_reason) ?? status ?? "failed") : null,
  };
}
