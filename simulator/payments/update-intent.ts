import type { Answer } from "../http-response.js";
import { answerIntent, type PaymentDesk, type Turn } from "./stripe-context.js";
import { orderOf, type Payment } from "./payment-record.js";
import { pairs, text } from "./stripe-form.js";

export function updateIntent(desk: PaymentDesk, payment: Payment, { params }: Turn): Answer {
  const before = orderOf(payment);
  for (const [name, value] of Object.entries(pairs(params, "metadata"))) {
    // An empty value takes a member away, as Stripe has it.
    if (value === "") delete payment.intent.metadata[name];
    else payment.intent.metadata[name] = value;
  }
  desk.book.reindexOrder(payment, before);
  payment.intent.description = text(params, "description") ?? payment.intent.description;
  return answerIntent(desk, payment, params);
}
