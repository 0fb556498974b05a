import type { Fault } from "../fault-script.js";
import type { EventOutbox, EventRecord } from "../webhooks/event-outbox.js";
import { type Answer, answer } from "../http-response.js";
import type { Effect, WorldState } from "../state.js";
import type { PaymentBook } from "./payment-store.js";
import { badRequest } from "./stripe-answer.js";
import { expands, type StripeForm } from "./stripe-form.js";
import { orderOf, type Payment, shownIntent } from "./payment-record.js";

export const API_VERSION = "2026-10-28.endive";

/** What every verb of the payments side works on. */
export interface PaymentDesk {
  world: WorldState;
  book: PaymentBook;
  outbox: EventOutbox;
}

/** One asked verb: its parameters, its key, the fault it met, and the events it caused, in order. */
export interface Turn {
  params: StripeForm;
  key: string | null;
  fault: Fault | null;
  events: EventRecord[];
}

/** A turn that no call asked for: the buyer acted, or time passed. */
export function ownTurn(params: StripeForm = {}): Turn {
  return { params, key: null, fault: null, events: [] };
}

export function showIntent(desk: PaymentDesk, payment: Payment, params: StripeForm = {}): object {
  return shownIntent(payment, { baseUrl: desk.world.baseUrl, expandCharge: expands(params, "latest_charge") });
}

export function answerIntent(desk: PaymentDesk, payment: Payment, params: StripeForm): Answer {
  return answer(200, showIntent(desk, payment, params));
}

export function unexpectedState(desk: PaymentDesk, payment: Payment, verb: string): Answer {
  const message = `You cannot ${verb} this PaymentIntent because it has a status of ${payment.intent.status}.`;
  return badRequest(message, { code: "payment_intent_unexpected_state", payment_intent: showIntent(desk, payment) });
}

export function noteMoney(
  desk: PaymentDesk,
  payment: Payment,
  effect: Pick<Effect, "kind" | "amount" | "key"> & Partial<Effect>,
): void {
  const { id, currency } = payment.intent;
  desk.world.effect({ order: orderOf(payment), currency, payment: id, ...effect });
}

export function stripeEvent(
  desk: PaymentDesk,
  payment: Payment,
  type: string,
  object = showIntent(desk, payment),
): EventRecord {
  return desk.outbox.record({
    provider: "stripe",
    type,
    order: orderOf(payment),
    about: { amount: payment.asked, payment: payment.intent.id },
    body: (id) => stripeEventBody(id, type, object),
  });
}

export function stripeEventBody(id: string, type: string, object: object): object {
  return {
    id,
    object: "event",
    api_version: API_VERSION,
    created: Math.floor(Date.now() / 1_000),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
}
