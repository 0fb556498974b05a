import { takeMoney } from "./capture-intent.js";
import { issueCharge } from "./issue-charge.js";
import { noteMoney, type PaymentDesk, stripeEvent, type Turn } from "./stripe-context.js";
import type { Payment } from "./payment-record.js";
import type { TestCard } from "./test-cards.js";

export function authorizeIntent(desk: PaymentDesk, payment: Payment, card: TestCard, turn: Turn): void {
  const { intent } = payment;
  issueCharge(desk, payment, { card, fault: turn.fault });
  Object.assign(intent, {
    status: "requires_capture",
    amount_capturable: intent.amount,
    last_payment_error: null,
  } satisfies Partial<typeof intent>);
  desk.book.authorized.add(payment);
  noteMoney(desk, payment, { kind: "authorization", amount: intent.amount, key: turn.key });
  if (intent.capture_method === "automatic") {
    takeMoney(desk, payment, { amount: intent.amount, final: true }, turn);
    return;
  }
  turn.events.push(stripeEvent(desk, payment, "payment_intent.amount_capturable_updated"));
}
