import { type HttpResponse, jsonResponse } from "../http-response.js";
import {
  intentResponse,
  recordMoney,
  type StripeContext,
  showIntent,
  stripeEvent,
  type StripeCall,
  unexpectedState,
} from "./stripe-context.js";
import { liveCharge, type Payment } from "./payment-record.js";
import { badRequest } from "./stripe-errors.js";
import { text, whole } from "./stripe-form.js";
import { declineProblem } from "./test-cards.js";

export function captureIntent(stripe: StripeContext, payment: Payment, call: StripeCall): HttpResponse {
  const { intent } = payment;
  if (intent.status !== "requires_capture") return unexpectedState(stripe, payment, "capture");
  if (call.fault?.action === "decline")
    return declinedCapture(stripe, payment, call.fault.declineCode ?? "generic_decline");
  const amount = whole(call.params, "amount_to_capture") ?? intent.amount_capturable;
  if (amount < 1 || amount > intent.amount_capturable) {
    const message = "The amount to capture is greater than the capturable amount.";
    return badRequest(message, { code: "amount_too_large", param: "amount_to_capture" });
  }
  const final = text(call.params, "final_capture") !== "false";
  const several = liveCharge(payment)?.payment_method_details.card.multicapture.status === "available";
  if (!final && !several) {
    const message = "This PaymentIntent cannot be captured several times: final_capture must be true.";
    return badRequest(message, { code: "parameter_invalid", param: "final_capture" });
  }
  captureMoney(stripe, payment, { amount, final }, call);
  return intentResponse(stripe, payment, call.params);
}

/** Captures an amount; a final capture releases the rest. */
export function captureMoney(
  stripe: StripeContext,
  payment: Payment,
  capture: { amount: number; final: boolean },
  call: StripeCall,
): void {
  const { intent } = payment;
  const charge = liveCharge(payment);
  if (charge) {
    charge.amount_captured += capture.amount;
    charge.captured = true;
  }
  intent.amount_received += capture.amount;
  intent.amount_capturable = capture.final ? 0 : intent.amount_capturable - capture.amount;
  recordMoney(stripe, payment, { kind: "capture", amount: capture.amount, key: call.key });
  if (intent.amount_capturable > 0) return;
  intent.status = "succeeded";
  stripe.store.authorized.delete(payment);
  call.events.push(stripeEvent(stripe, payment, "payment_intent.succeeded"));
}

function declinedCapture(stripe: StripeContext, payment: Payment, decline: string): HttpResponse {
  const problem = { type: "card_error", ...declineProblem(decline), decline_code: decline };
  return jsonResponse(402, { error: { ...problem, payment_intent: showIntent(stripe, payment) } });
}
