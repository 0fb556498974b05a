import type { About, FaultOp } from "../fault-script.js";
import { type HttpResponse, jsonResponse } from "../http-response.js";
import { cancelIntent } from "./cancel-intent.js";
import { captureIntent } from "./capture-intent.js";
import { confirmIntent } from "./confirm-intent.js";
import { createIntent } from "./create-intent.js";
import { eventResponse, listCharges, listEvents, listIntents, listRefunds } from "./list-payments.js";
import { intentResponse, type StripeContext, type StripeCall } from "./stripe-context.js";
import { orderOf, type Payment, shownCharge } from "./payment-record.js";
import { refundPayment } from "./refund-payment.js";
import { searchedOrder, searchPayments } from "./search-payments.js";
import { missing } from "./stripe-errors.js";
import { type StripeForm, text, whole } from "./stripe-form.js";
import { updateIntent } from "./update-intent.js";

/** What a request does, and what rules and the log need to know of it. */
export interface Operation {
  op: FaultOp;
  about: About;
  act(call: StripeCall): HttpResponse;
}

type IntentVerb = (stripe: StripeContext, payment: Payment, call: StripeCall) => HttpResponse;

const INTENT_VERBS: Record<string, { op: FaultOp; act: IntentVerb } | undefined> = {
  confirm: { op: "authorize", act: confirmIntent },
  capture: { op: "capture", act: captureIntent },
  cancel: { op: "void", act: cancelIntent },
};

/** The operation of a method and a path below /v1; null when there is none or it is not simulated. */
export function operationFor(
  stripe: StripeContext,
  method: string,
  path: readonly string[],
  params: StripeForm,
): Operation | null {
  const [noun = "", id, verb] = path;
  if (noun === "payment_intents") {
    return id === undefined
      ? collectionOperation(stripe, method, params)
      : intentOperation(stripe, method, { id, verb }, params);
  }
  if (noun === "refunds" && method === "POST" && id === undefined) return refundOperation(stripe, params);
  if (method !== "GET" || verb !== undefined) return null;
  return readOperation(stripe, noun, id, params);
}

function collectionOperation(stripe: StripeContext, method: string, params: StripeForm): Operation {
  if (method === "GET") return { op: "lookup", about: {}, act: () => listIntents(stripe, params) };
  return {
    op: text(params, "confirm") === "true" ? "authorize" : "create",
    about: { order: text(params, "metadata", "orderId") ?? null, amount: whole(params, "amount") ?? null },
    act: (call) => createIntent(stripe, call),
  };
}

function intentOperation(
  stripe: StripeContext,
  method: string,
  { id, verb }: { id: string; verb: string | undefined },
  params: StripeForm,
): Operation | null {
  if (method === "GET" && id === "search") {
    const about = { order: searchedOrder(text(params, "query") ?? "") };
    return { op: "lookup", about, act: () => searchPayments(stripe, params) };
  }
  const payment = stripe.store.find(id);
  if (!payment) return { op: "lookup", about: {}, act: () => missing("payment_intent", id) };
  const about = aboutPayment(payment);
  if (verb === undefined && method === "GET")
    return { op: "lookup", about, act: () => intentResponse(stripe, payment, params) };
  if (verb === undefined) return { op: "update", about, act: (call) => updateIntent(stripe, payment, call) };
  const known = Object.hasOwn(INTENT_VERBS, verb) ? INTENT_VERBS[verb] : undefined;
  if (!known || method !== "POST") return null;
  return { op: known.op, about, act: (call) => known.act(stripe, payment, call) };
}

function refundOperation(stripe: StripeContext, params: StripeForm): Operation {
  const intent = text(params, "payment_intent");
  const payment =
    intent === undefined ? stripe.store.withCharge(text(params, "charge") ?? "") : stripe.store.find(intent);
  const about = payment ? aboutPayment(payment) : {};
  return { op: "refund", about, act: (call) => refundPayment(stripe, payment, call) };
}

function readOperation(
  stripe: StripeContext,
  noun: string,
  id: string | undefined,
  params: StripeForm,
): Operation | null {
  const lookup = (payment: Payment | undefined, act: () => HttpResponse): Operation => ({
    op: "lookup",
    about: payment ? aboutPayment(payment) : {},
    act,
  });
  const named = stripe.store.find(text(params, "payment_intent") ?? "");
  switch (noun) {
    case "charges":
      return id === undefined
        ? lookup(named, () => listCharges(stripe, params))
        : lookup(stripe.store.withCharge(id), () => oneCharge(stripe, id));
    case "refunds":
      return id === undefined
        ? lookup(named, () => listRefunds(stripe, params))
        : lookup(stripe.store.withRefund(id), () => oneRefund(stripe, id));
    case "events":
      return lookup(undefined, () =>
        id === undefined ? listEvents(stripe, params) : (eventResponse(stripe, id) ?? missing("event", id)),
      );
    case "account":
      return { op: "account", about: {}, act: () => jsonResponse(200, ACCOUNT) };
    case "balance":
      return { op: "account", about: {}, act: () => jsonResponse(200, BALANCE) };
    default:
      return null;
  }
}

function oneCharge(stripe: StripeContext, id: string): HttpResponse {
  const charge = stripe.store.withCharge(id)?.charges.find((known) => known.id === id);
  return charge ? jsonResponse(200, shownCharge(charge)) : missing("charge", id);
}

function oneRefund(stripe: StripeContext, id: string): HttpResponse {
  const refund = stripe.store.withRefund(id)?.refunds.find((known) => known.id === id);
  return refund ? jsonResponse(200, refund) : missing("refund", id);
}

function aboutPayment(payment: Payment): About {
  return { order: orderOf(payment), amount: payment.asked };
}

const ACCOUNT = { id: "acct_simulator", object: "account", charges_enabled: true, payouts_enabled: true };
const BALANCE = { object: "balance", available: [], pending: [], livemode: false };
