import { authorizeIntent } from "./authorize-intent.js";
import { captureMoney } from "./capture-intent.js";
import { declineIntent } from "./decline-intent.js";
import { sendEvents } from "./scheduled-transitions.js";
import { internalCall, type StripeContext, stripeEvent } from "./stripe-context.js";
import type { Payment } from "./payment-record.js";
import { type TestCard, testCard } from "./test-cards.js";

const DEFAULT_CARD: TestCard = { brand: "visa", last4: "4242" };

/** The customer completes or fails what next_action requires; returns false when nothing is required. */
export function actAsCustomer(stripe: StripeContext, payment: Payment, succeeds: boolean): boolean {
  const { intent } = payment;
  if (intent.status !== "requires_action") return false;
  const call = internalCall();
  const card = testCard(intent.payment_method ?? "") ?? DEFAULT_CARD;
  if (!succeeds) {
    intent.status = "requires_payment_method";
    intent.last_payment_error = {
      type: "card_error",
      code: "payment_intent_authentication_failure",
      message: "The provided payment method has failed authentication.",
    };
    call.events.push(stripeEvent(stripe, payment, "payment_intent.payment_failed"));
  } else if (card.decline) {
    declineIntent(stripe, payment, card.decline, call);
  } else {
    authorizeIntent(stripe, payment, card, call);
  }
  sendEvents(stripe, call);
  return true;
}

/** A payment that was canceled or had failed succeeds after all; only its last event is sent. */
export function succeedLate(stripe: StripeContext, payment: Payment, captured: boolean): void {
  const call = internalCall();
  authorizeIntent(stripe, payment, DEFAULT_CARD, call);
  if (captured && payment.intent.status === "requires_capture") {
    captureMoney(stripe, payment, { amount: payment.intent.amount, final: true }, call);
  }
  sendEvents(stripe, { ...call, events: call.events.slice(-1) });
}
