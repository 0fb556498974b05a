import { captureMoney } from "./capture-intent.js";
import { issueCharge } from "./issue-charge.js";
import { recordMoney, type StripeContext, stripeEvent, type StripeCall } from "./stripe-context.js";
import type { Payment } from "./payment-record.js";
import type { TestCard } from "./test-cards.js";

export function authorizeIntent(stripe: StripeContext, payment: Payment, card: TestCard, call: StripeCall): void {
  const { intent } = payment;
  issueCharge(stripe, payment, { card, fault: call.fault });
  Object.assign(intent, {
    status: "requires_capture",
    amount_capturable: intent.amount,
    last_payment_error: null,
  } satisfies Partial<typeof intent>);
  stripe.store.authorized.add(payment);
  recordMoney(stripe, payment, { kind: "authorization", amount: intent.amount, key: call.key });
  if (intent.capture_method === "automatic") {
    captureMoney(stripe, payment, { amount: intent.amount, final: true }, call);
    return;
  }
  call.events.push(stripeEvent(stripe, payment, "payment_intent.amount_capturable_updated"));
}
