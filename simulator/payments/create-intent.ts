import { randomToken } from "../random-token.js";
import { type HttpResponse, notExecuted } from "../http-response.js";
import { refusedAmount } from "./amount-rules.js";
import { confirmIntent } from "./confirm-intent.js";
import { intentResponse, type StripeContext, type StripeCall } from "./stripe-context.js";
import { type Intent, orderOf, type Payment } from "./payment-record.js";
import { badRequest } from "./stripe-errors.js";
import { pairs, type StripeForm, text, whole } from "./stripe-form.js";
import { unknownMethod } from "./unknown-method.js";

export function createIntent(stripe: StripeContext, call: StripeCall): HttpResponse {
  const { params } = call;
  const amount = whole(params, "amount");
  const currency = text(params, "currency")?.toLowerCase();
  const refusal = refusedAmount(amount, currency) ?? unknownMethod(text(params, "payment_method"));
  if (refusal || amount === undefined || currency === undefined)
    return refusal ?? notExecuted(badRequest("Bad amount."));

  const payment = newPayment(params, amount, currency);
  stripe.store.add(payment);
  const order = orderOf(payment);
  if (order && !stripe.state.amounts.has(order)) stripe.state.amounts.set(order, amount);
  if (text(params, "confirm") === "true") return confirmIntent(stripe, payment, call);
  return intentResponse(stripe, payment, params);
}

function newPayment(params: StripeForm, amount: number, currency: string): Payment {
  return {
    intent: newIntent(params, amount, currency),
    charges: [],
    refunds: [],
    asked: amount,
    createdMs: Date.now(),
    returnUrl: text(params, "return_url") ?? null,
    settlements: [],
  };
}

function newIntent(params: StripeForm, amount: number, currency: string): Intent {
  const id = randomToken("pi_3");
  const severalCaptures = text(params, "payment_method_options", "card", "request_multicapture");
  const method = text(params, "payment_method") ?? null;
  return {
    id,
    object: "payment_intent",
    amount,
    amount_capturable: 0,
    amount_received: 0,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: text(params, "capture_method") === "manual" ? "manual" : "automatic",
    client_secret: `${id}_secret_${randomToken("", 25)}`,
    confirmation_method: "automatic",
    created: Math.floor(Date.now() / 1_000),
    currency,
    customer: text(params, "customer") ?? null,
    description: text(params, "description") ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: pairs(params, "metadata"),
    payment_method: method,
    payment_method_options: {
      card: {
        request_three_d_secure: "automatic",
        ...(severalCaptures === undefined ? {} : { request_multicapture: severalCaptures }),
      },
    },
    payment_method_types: ["card"],
    receipt_email: text(params, "receipt_email") ?? null,
    statement_descriptor: text(params, "statement_descriptor") ?? null,
    status: method ? "requires_confirmation" : "requires_payment_method",
  };
}
