import { authorizeIntent } from "./authorize-intent.js";
import { takeMoney } from "./capture-intent.js";
import { declineIntent } from "./decline-intent.js";
import { tell } from "./scheduled-transitions.js";
import { ownTurn, type PaymentDesk, stripeEvent } from "./stripe-context.js";
import type { Payment } from "./payment-record.js";
import { type TestCard, testCard } from "./test-cards.js";

const SOME_CARD: TestCard = { brand: "visa", last4: "4242" };

/** The buyer finishes, or fails, what next_action asked for; false when nothing was asked. */
export function buyerActs(desk: PaymentDesk, payment: Payment, succeeds: boolean): boolean {
  const { intent } = payment;
  if (intent.status !== "requires_action") return false;
  const turn = ownTurn();
  const card = testCard(intent.payment_method ?? "") ?? SOME_CARD;
  if (!succeeds) {
    intent.status = "requires_payment_method";
    intent.last_payment_error = {
      type: "card_error",
      code: "payment_intent_authentication_failure",
      message: "The provided payment method has failed authentication.",
    };
    turn.events.push(stripeEvent(desk, payment, "payment_intent.payment_failed"));
  } else if (card.decline) {
    declineIntent(desk, payment, card.decline, turn);
  } else {
    authorizeIntent(desk, payment, card, turn);
  }
  tell(desk, turn);
  return true;
}

/** Money arrives on a payment everybody thought was dead; only the last of its news is told. */
export function succeedLate(desk: PaymentDesk, payment: Payment, captured: boolean): void {
  const turn = ownTurn();
  authorizeIntent(desk, payment, SOME_CARD, turn);
  if (captured && payment.intent.status === "requires_capture") {
    takeMoney(desk, payment, { amount: payment.intent.amount, final: true }, turn);
  }
  tell(desk, { ...turn, events: turn.events.slice(-1) });
}
