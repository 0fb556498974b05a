import type { HttpResponse } from "../http-response.js";
import {
  intentResponse,
  recordMoney,
  type StripeContext,
  stripeEvent,
  type StripeCall,
  unexpectedState,
} from "./stripe-context.js";
import type { IntentStatus, Payment } from "./payment-record.js";
import { text } from "./stripe-form.js";

const CANCELLABLE: readonly IntentStatus[] = [
  "requires_payment_method",
  "requires_capture",
  "requires_confirmation",
  "requires_action",
  "processing",
];

export function cancelIntent(stripe: StripeContext, payment: Payment, call: StripeCall): HttpResponse {
  if (!CANCELLABLE.includes(payment.intent.status)) return unexpectedState(stripe, payment, "cancel");
  voidIntent(stripe, payment, text(call.params, "cancellation_reason") ?? null, call);
  return intentResponse(stripe, payment, call.params);
}

export function voidIntent(stripe: StripeContext, payment: Payment, reason: string | null, call: StripeCall): void {
  const { intent } = payment;
  if (intent.status === "requires_capture") {
    recordMoney(stripe, payment, { kind: "void", amount: intent.amount_capturable, key: call.key });
  }
  intent.status = "canceled";
  intent.amount_capturable = 0;
  intent.canceled_at = Math.floor(Date.now() / 1_000);
  intent.cancellation_reason = reason;
  stripe.store.authorized.delete(payment);
  call.events.push(stripeEvent(stripe, payment, "payment_intent.canceled"));
}
