import { voidIntent } from "./cancel-intent.js";
import { noteMoney, ownTurn, type PaymentDesk, stripeEvent, type Turn } from "./stripe-context.js";
import { liveCharge, type Payment } from "./payment-record.js";
import { noteRefund } from "./refund-payment.js";

/** Pending refunds are decided, whether well or badly. */
export function settleRefunds(desk: PaymentDesk, now: number): void {
  for (const payment of desk.book.settling) {
    const turn = ownTurn();
    for (const due of payment.settlements.filter((settlement) => settlement.at <= now)) {
      settle(desk, payment, due, turn);
    }
    payment.settlements = payment.settlements.filter((settlement) => settlement.at > now);
    if (payment.settlements.length === 0) desk.book.settling.delete(payment);
    tell(desk, turn);
  }
}

/** The provider drops what nobody captured in time. */
export function dropAuthorizations(desk: PaymentDesk, now: number): void {
  for (const payment of desk.book.authorized) {
    const until = liveCharge(payment)?.payment_method_details.card.capture_before ?? Infinity;
    if (until * 1_000 > now) continue;
    const turn = ownTurn();
    voidIntent(desk, payment, "automatic", turn);
    tell(desk, turn);
  }
}

function settle(desk: PaymentDesk, payment: Payment, due: Payment["settlements"][number], turn: Turn): void {
  const refund = payment.refunds.find((known) => known.id === due.refund);
  const charge = payment.charges.find((known) => known.id === refund?.charge);
  if (!refund || !charge) return;
  const before = refund.status;
  refund.status = due.to;
  if (due.to === "succeeded") {
    noteRefund(desk, payment, refund, due.key);
    turn.events.push(stripeEvent(desk, payment, "refund.updated", refund));
    return;
  }
  refund.failure_reason = "expired_or_canceled_card";
  charge.amount_refunded -= refund.amount;
  charge.refunded = false;
  if (before === "succeeded") {
    noteMoney(desk, payment, { kind: "refund-failed", amount: refund.amount, key: due.key, refund: refund.id });
  }
  turn.events.push(stripeEvent(desk, payment, "refund.updated", refund));
  turn.events.push(stripeEvent(desk, payment, "refund.failed", refund));
}

export function tell(desk: PaymentDesk, { events }: Turn): void {
  for (const event of events) desk.outbox.send(event);
  if (events.length > 0) desk.world.changed();
}
