import type { HttpResponse } from "../http-response.js";
import { intentResponse, type StripeContext, type StripeCall } from "./stripe-context.js";
import { orderOf, type Payment } from "./payment-record.js";
import { pairs, text } from "./stripe-form.js";

export function updateIntent(stripe: StripeContext, payment: Payment, { params }: StripeCall): HttpResponse {
  const before = orderOf(payment);
  for (const [name, value] of Object.entries(pairs(params, "metadata"))) {
    // As at Stripe, an empty value removes a member.
    if (value === "") delete payment.intent.metadata[name];
    else payment.intent.metadata[name] = value;
  }
  stripe.store.reindexOrder(payment, before);
  payment.intent.description = text(params, "description") ?? payment.intent.description;
  return intentResponse(stripe, payment, params);
}
