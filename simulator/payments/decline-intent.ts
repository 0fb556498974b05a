import { type HttpResponse, jsonResponse } from "../http-response.js";
import { issueCharge } from "./issue-charge.js";
import { type StripeContext, showIntent, stripeEvent, type StripeCall } from "./stripe-context.js";
import type { Payment, PaymentProblem } from "./payment-record.js";
import { declineProblem, testCard } from "./test-cards.js";

export function declineIntent(
  stripe: StripeContext,
  payment: Payment,
  decline: string,
  call: StripeCall,
): HttpResponse {
  const { intent } = payment;
  const method = intent.payment_method ?? "";
  const card = testCard(method) ?? { brand: "visa", last4: "0002" };
  const charge = issueCharge(stripe, payment, { card, fault: call.fault, decline });
  const problem: PaymentProblem = {
    type: "card_error",
    ...problemOf(decline),
    decline_code: decline,
    charge: charge.id,
    doc_url: "https://stripe.com/docs/error-codes/card-declined",
    payment_method: { id: method, object: "payment_method", type: "card" },
  };
  intent.status = "requires_payment_method";
  intent.payment_method = null;
  intent.last_payment_error = problem;
  call.events.push(stripeEvent(stripe, payment, "payment_intent.payment_failed"));
  return jsonResponse(402, { error: { ...problem, payment_intent: showIntent(stripe, payment) } });
}

function problemOf(decline: string): { code: string; message: string } {
  if (decline !== "authentication_required") return declineProblem(decline);
  return { code: "authentication_required", message: "This payment requires additional customer action." };
}
