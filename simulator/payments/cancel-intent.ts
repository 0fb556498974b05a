import type { Answer } from "../http-response.js";
import {
  answerIntent,
  noteMoney,
  type PaymentDesk,
  stripeEvent,
  type Turn,
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

export function cancelIntent(desk: PaymentDesk, payment: Payment, turn: Turn): Answer {
  if (!CANCELLABLE.includes(payment.intent.status)) return unexpectedState(desk, payment, "cancel");
  voidIntent(desk, payment, text(turn.params, "cancellation_reason") ?? null, turn);
  return answerIntent(desk, payment, turn.params);
}

export function voidIntent(desk: PaymentDesk, payment: Payment, reason: string | null, turn: Turn): void {
  const { intent } = payment;
  if (intent.status === "requires_capture") {
    noteMoney(desk, payment, { kind: "void", amount: intent.amount_capturable, key: turn.key });
  }
  intent.status = "canceled";
  intent.amount_capturable = 0;
  intent.canceled_at = Math.floor(Date.now() / 1_000);
  intent.cancellation_reason = reason;
  desk.book.authorized.delete(payment);
  turn.events.push(stripeEvent(desk, payment, "payment_intent.canceled"));
}
