import { randomToken } from "../random-token.js";
import { type HttpResponse, jsonResponse, notExecuted } from "../http-response.js";
import { recordMoney, type StripeContext, stripeEvent, type StripeCall } from "./stripe-context.js";
import { type Charge, liveCharge, orderOf, type Payment, type Refund, shownCharge } from "./payment-record.js";
import { badRequest } from "./stripe-errors.js";
import { pairs, text, whole } from "./stripe-form.js";
import { type RefundCourse, testCard } from "./test-cards.js";

export function refundPayment(stripe: StripeContext, payment: Payment | undefined, call: StripeCall): HttpResponse {
  if (!payment) {
    const message = "One of the following params should be provided: payment_intent or charge.";
    return notExecuted(badRequest(message, { param: "payment_intent" }));
  }
  const charge = liveCharge(payment);
  if (!charge?.captured) {
    const message = `This PaymentIntent (${payment.intent.id}) does not have a successful charge to refund.`;
    return badRequest(message, { code: "payment_intent_unexpected_state" });
  }
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = whole(call.params, "amount") ?? left;
  const refusal = refusedRefund(charge, amount, left, call);
  if (refusal) return refusal;
  return jsonResponse(200, issueRefund(stripe, payment, { charge, amount }, call));
}

function refusedRefund(charge: Charge, amount: number, left: number, { fault }: StripeCall): HttpResponse | null {
  if (left === 0) {
    return badRequest(`Charge ${charge.id} has already been refunded.`, { code: "charge_already_refunded" });
  }
  if (amount < 1 || amount > left) {
    const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${left}).`;
    return badRequest(message, { param: "amount" });
  }
  if (fault?.action !== "decline") return null;
  return badRequest("The refund was refused.", { code: "refund_disputed_payment" });
}

function issueRefund(
  stripe: StripeContext,
  payment: Payment,
  what: { charge: Charge; amount: number },
  call: StripeCall,
): Refund {
  const { charge, amount } = what;
  const course = testCard(charge.payment_method ?? "")?.refund;
  const refund = newRefund(charge, amount, course, call);
  stripe.store.addRefund(payment, refund);
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount_captured;
  if (refund.status === "succeeded") recordRefund(stripe, payment, refund, call.key);
  if (course) {
    const at = Date.now() + stripe.state.config.refundDelayMs;
    payment.settlements.push({
      refund: refund.id,
      at,
      to: course === "pending" ? "succeeded" : "failed",
      key: call.key,
    });
    stripe.store.undecided.add(payment);
  }
  call.events.push(stripeEvent(stripe, payment, "charge.refunded", shownCharge(charge)));
  call.events.push(stripeEvent(stripe, payment, "refund.updated", refund));
  return refund;
}

function newRefund(charge: Charge, amount: number, course: RefundCourse | undefined, { params }: StripeCall): Refund {
  return {
    id: randomToken("re_3"),
    object: "refund",
    amount,
    balance_transaction: randomToken("txn_3"),
    charge: charge.id,
    created: Math.floor(Date.now() / 1_000),
    currency: charge.currency,
    destination_details: { type: "card", card: { type: "pending" } },
    metadata: pairs(params, "metadata"),
    payment_intent: charge.payment_intent,
    reason: text(params, "reason") ?? null,
    status: course === "pending" || course === "fails" ? "pending" : "succeeded",
  };
}

export function recordRefund(stripe: StripeContext, payment: Payment, refund: Refund, key: string | null): void {
  const order = orderOf(payment) ?? refund.metadata["orderId"] ?? null;
  recordMoney(stripe, payment, { kind: "refund", amount: refund.amount, key, refund: refund.id, order });
}
