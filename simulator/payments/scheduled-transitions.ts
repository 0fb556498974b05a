import { voidIntent } from "./cancel-intent.js";
import { recordMoney, internalCall, type StripeContext, stripeEvent, type StripeCall } from "./stripe-context.js";
import { liveCharge, type Payment } from "./payment-record.js";
import { recordRefund } from "./refund-payment.js";

/** Lets pending refunds succeed or fail once they are due. */
export function decideRefunds(stripe: StripeContext, now: number): void {
  for (const payment of stripe.store.undecided) {
    const call = internalCall();
    for (const due of payment.settlements.filter((settlement) => settlement.at <= now)) {
      decideRefund(stripe, payment, due, call);
    }
    payment.settlements = payment.settlements.filter((settlement) => settlement.at > now);
    if (payment.settlements.length === 0) stripe.store.undecided.delete(payment);
    sendEvents(stripe, call);
  }
}

/** Drops authorizations that were not captured in time. */
export function dropAuthorizations(stripe: StripeContext, now: number): void {
  for (const payment of stripe.store.authorized) {
    const until = liveCharge(payment)?.payment_method_details.card.capture_before ?? Infinity;
    if (until * 1_000 > now) continue;
    const call = internalCall();
    voidIntent(stripe, payment, "automatic", call);
    sendEvents(stripe, call);
  }
}

function decideRefund(
  stripe: StripeContext,
  payment: Payment,
  due: Payment["settlements"][number],
  call: StripeCall,
): void {
  const refund = payment.refunds.find((known) => known.id === due.refund);
  const charge = payment.charges.find((known) => known.id === refund?.charge);
  if (!refund || !charge) return;
  const before = refund.status;
  refund.status = due.to;
  if (due.to === "succeeded") {
    recordRefund(stripe, payment, refund, due.key);
    call.events.push(stripeEvent(stripe, payment, "refund.updated", refund));
    return;
  }
  refund.failure_reason = "expired_or_canceled_card";
  charge.amount_refunded -= refund.amount;
  charge.refunded = false;
  if (before === "succeeded") {
    recordMoney(stripe, payment, { kind: "refund-failed", amount: refund.amount, key: due.key, refund: refund.id });
  }
  call.events.push(stripeEvent(stripe, payment, "refund.updated", refund));
  call.events.push(stripeEvent(stripe, payment, "refund.failed", refund));
}

export function sendEvents(stripe: StripeContext, { events }: StripeCall): void {
  for (const event of events) stripe.outbox.send(event);
  if (events.length > 0) stripe.state.changed();
}
