import type Stripe from "stripe";
import type { Payment, ProviderRefund } from "../../domain/payment.js";
import { fromStripeAmount } from "./stripe-currency.js";

const STATES: Record<string, Payment["state"]> = {
  requires_action: "action_required",
  requires_confirmation: "processing",
  processing: "processing",
  requires_capture: "authorized",
  succeeded: "captured",
  canceled: "voided",
  requires_payment_method: "failed",
};

/** A PaymentIntent, of an answer or of an event, as a payment. */
export function toPayment(intent: Stripe.PaymentIntent): Payment {
  const currency = intent.currency.toUpperCase();
  const state = STATES[intent.status];
  if (!state) throw new Error(`payment intent status ${intent.status} is not known here`);
  const charge = typeof intent.latest_charge === "object" ? intent.latest_charge : null;
  const card = charge?.payment_method_details?.card;
  const captureBefore = card?.capture_before;
  return {
    reference: intent.id,
    orderId: intent.metadata["orderId"] ?? null,
    state,
    amount: fromStripeAmount(intent.amount, currency),
    currency,
    capturable: fromStripeAmount(intent.amount_capturable, currency),
    received: fromStripeAmount(intent.amount_received, currency),
    captureBefore: captureBefore ? new Date(captureBefore * 1000).toISOString() : null,
    multicapture: card?.multicapture?.status === "available",
    declineCode: intent.last_payment_error?.decline_code ?? intent.last_payment_error?.code ?? null,
    actionUrl: intent.next_action?.redirect_to_url?.url ?? null,
  };
}

export function toProviderRefund(refund: Stripe.Refund): ProviderRefund {
  const failed = refund.status === "failed" || refund.status === "canceled";
  return {
    reference: refund.id,
    state: failed ? "failed" : refund.status === "succeeded" ? "succeeded" : "pending",
    amount: fromStripeAmount(refund.amount, refund.currency),
    refundId: refund.metadata?.["refundId"] ?? null,
  };
}
