import type { Fault } from "../fault-script.js";
import type { EventOutbox, EventRecord } from "../webhooks/event-outbox.js";
import { type HttpResponse, jsonResponse } from "../http-response.js";
import type { Effect, SimulatorState } from "../state.js";
import type { PaymentStore } from "./payment-store.js";
import { badRequest } from "./stripe-errors.js";
import { expands, type StripeForm } from "./stripe-form.js";
import { orderOf, type Payment, shownIntent } from "./payment-record.js";

export const API_VERSION = "2026-10-28.endive";

/** What every payment operation works on. */
export interface StripeContext {
  state: SimulatorState;
  store: PaymentStore;
  outbox: EventOutbox;
}

/** One call: its parameters, its key, the fault that applies to it, and the events it causes, in order. */
export interface StripeCall {
  params: StripeForm;
  key: string | null;
  fault: Fault | null;
  events: EventRecord[];
}

/** A transition that no caller requested: the customer acted, or time passed. */
export function internalCall(params: StripeForm = {}): StripeCall {
  return { params, key: null, fault: null, events: [] };
}

export function showIntent(stripe: StripeContext, payment: Payment, params: StripeForm = {}): object {
  return shownIntent(payment, { baseUrl: stripe.state.baseUrl, expandCharge: expands(params, "latest_charge") });
}

export function intentResponse(stripe: StripeContext, payment: Payment, params: StripeForm): HttpResponse {
  return jsonResponse(200, showIntent(stripe, payment, params));
}

export function unexpectedState(stripe: StripeContext, payment: Payment, verb: string): HttpResponse {
  const message = `You cannot ${verb} this PaymentIntent because it has a status of ${payment.intent.status}.`;
  return badRequest(message, { code: "payment_intent_unexpected_state", payment_intent: showIntent(stripe, payment) });
}

export function recordMoney(
  stripe: StripeContext,
  payment: Payment,
  effect: Pick<Effect, "kind" | "amount" | "key"> & Partial<Effect>,
): void {
  const { id, currency } = payment.intent;
  stripe.state.effect({ order: orderOf(payment), currency, payment: id, ...effect });
}

export function stripeEvent(
  stripe: StripeContext,
  payment: Payment,
  type: string,
  object = showIntent(stripe, payment),
): EventRecord {
  return stripe.outbox.record({
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
