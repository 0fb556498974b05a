import type { Answer } from "../http-response.js";
import { authorizeIntent } from "./authorize-intent.js";
import { declineIntent } from "./decline-intent.js";
import { answerIntent, type PaymentDesk, stripeEvent, type Turn, unexpectedState } from "./stripe-context.js";
import type { IntentStatus, Payment } from "./payment-record.js";
import { text } from "./stripe-form.js";
import { type TestCard, testCard } from "./test-cards.js";
import { unknownMethod } from "./unknown-method.js";

const CONFIRMABLE: readonly IntentStatus[] = ["requires_confirmation", "requires_payment_method", "requires_action"];

export function confirmIntent(desk: PaymentDesk, payment: Payment, turn: Turn): Answer {
  const { intent } = payment;
  const { params, fault } = turn;
  if (!CONFIRMABLE.includes(intent.status)) return unexpectedState(desk, payment, "confirm");
  const method = text(params, "payment_method") ?? intent.payment_method;
  if (!method) return unexpectedState(desk, payment, "confirm without a payment method");
  const card = testCard(method);
  if (!card) return unknownMethod(method) ?? unexpectedState(desk, payment, "confirm");

  intent.payment_method = method;
  payment.returnUrl = text(params, "return_url") ?? payment.returnUrl;
  if (fault?.action === "wrong-amount") intent.amount = fault.amountGiven ?? intent.amount + 1;
  const decline = declineFor(card, turn);
  if (decline) return declineIntent(desk, payment, decline, turn);
  if (card.asksBuyer) return askBuyer(desk, payment, turn);
  authorizeIntent(desk, payment, card, turn);
  return answerIntent(desk, payment, params);
}

function declineFor(card: TestCard, { fault, params }: Turn): string | undefined {
  if (fault?.action === "decline") return fault.declineCode ?? "generic_decline";
  if (!card.asksBuyer) return card.decline;
  return text(params, "error_on_requires_action") === "true" ? "authentication_required" : undefined;
}

function askBuyer(desk: PaymentDesk, payment: Payment, turn: Turn): Answer {
  payment.intent.status = "requires_action";
  turn.events.push(stripeEvent(desk, payment, "payment_intent.requires_action"));
  return answerIntent(desk, payment, turn.params);
}
