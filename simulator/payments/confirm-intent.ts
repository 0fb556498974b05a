import type { HttpResponse } from "../http-response.js";
import { authorizeIntent } from "./authorize-intent.js";
import { declineIntent } from "./decline-intent.js";
import { intentResponse, type StripeContext, stripeEvent, type StripeCall, unexpectedState } from "./stripe-context.js";
import type { IntentStatus, Payment } from "./payment-record.js";
import { text } from "./stripe-form.js";
import { type TestCard, testCard } from "./test-cards.js";
import { unknownMethod } from "./unknown-method.js";

const CONFIRMABLE: readonly IntentStatus[] = ["requires_confirmation", "requires_payment_method", "requires_action"];

export function confirmIntent(stripe: StripeContext, payment: Payment, call: StripeCall): HttpResponse {
  const { intent } = payment;
  const { params, fault } = call;
  if (!CONFIRMABLE.includes(intent.status)) return unexpectedState(stripe, payment, "confirm");
  const method = text(params, "payment_method") ?? intent.payment_method;
  if (!method) return unexpectedState(stripe, payment, "confirm without a payment method");
  const card = testCard(method);
  if (!card) return unknownMethod(method) ?? unexpectedState(stripe, payment, "confirm");

  intent.payment_method = method;
  payment.returnUrl = text(params, "return_url") ?? payment.returnUrl;
  if (fault?.action === "wrong-amount") intent.amount = fault.amountGiven ?? intent.amount + 1;
  const decline = declineFor(card, call);
  if (decline) return declineIntent(stripe, payment, decline, call);
  if (card.requiresAction) return requireAction(stripe, payment, call);
  authorizeIntent(stripe, payment, card, call);
  return intentResponse(stripe, payment, params);
}

function declineFor(card: TestCard, { fault, params }: StripeCall): string | undefined {
  if (fault?.action === "decline") return fault.declineCode ?? "generic_decline";
  if (!card.requiresAction) return card.decline;
  return text(params, "error_on_requires_action") === "true" ? "authentication_required" : undefined;
}

function requireAction(stripe: StripeContext, payment: Payment, call: StripeCall): HttpResponse {
  payment.intent.status = "requires_action";
  call.events.push(stripeEvent(stripe, payment, "payment_intent.requires_action"));
  return intentResponse(stripe, payment, call.params);
}
