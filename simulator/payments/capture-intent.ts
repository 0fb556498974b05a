import { type Answer, answer } from "../http-response.js";
import {
  answerIntent,
  noteMoney,
  type PaymentDesk,
  showIntent,
  stripeEvent,
  type Turn,
  unexpectedState,
} from "./stripe-context.js";
import { liveCharge, type Payment } from "./payment-record.js";
import { badRequest } from "./stripe-answer.js";
import { text, whole } from "./stripe-form.js";
import { declineProblem } from "./test-cards.js";

export function captureIntent(desk: PaymentDesk, payment: Payment, turn: Turn): Answer {
  const { intent } = payment;
  if (intent.status !== "requires_capture") return unexpectedState(desk, payment, "capture");
  if (turn.fault?.action === "decline")
    return declinedCapture(desk, payment, turn.fault.declineCode ?? "generic_decline");
  const amount = whole(turn.params, "amount_to_capture") ?? intent.amount_capturable;
  if (amount < 1 || amount > intent.amount_capturable) {
    const message = "The amount to capture is greater than the capturable amount.";
    return badRequest(message, { code: "amount_too_large", param: "amount_to_capture" });
  }
  const final = text(turn.params, "final_capture") !== "false";
  const several = liveCharge(payment)?.payment_method_details.card.multicapture.status === "available";
  if (!final && !several) {
    const message = "This PaymentIntent cannot be captured several times: final_capture must be true.";
    return badRequest(message, { code: "parameter_invalid", param: "final_capture" });
  }
  takeMoney(desk, payment, { amount, final }, turn);
  return answerIntent(desk, payment, turn.params);
}

/** A final capture releases what it leaves. */
export function takeMoney(
  desk: PaymentDesk,
  payment: Payment,
  take: { amount: number; final: boolean },
  turn: Turn,
): void {
  const { intent } = payment;
  const charge = liveCharge(payment);
  if (charge) {
    charge.amount_captured += take.amount;
    charge.captured = true;
  }
  intent.amount_received += take.amount;
  intent.amount_capturable = take.final ? 0 : intent.amount_capturable - take.amount;
  noteMoney(desk, payment, { kind: "capture", amount: take.amount, key: turn.key });
  if (intent.amount_capturable > 0) return;
  intent.status = "succeeded";
  desk.book.authorized.delete(payment);
  turn.events.push(stripeEvent(desk, payment, "payment_intent.succeeded"));
}

function declinedCapture(desk: PaymentDesk, payment: Payment, decline: string): Answer {
  const problem = { type: "card_error", ...declineProblem(decline), decline_code: decline };
  return answer(402, { error: { ...problem, payment_intent: showIntent(desk, payment) } });
}
