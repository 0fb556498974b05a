import type { About, FaultOp } from "../fault-script.js";
import { type Answer, answer } from "../http-response.js";
import { cancelIntent } from "./cancel-intent.js";
import { captureIntent } from "./capture-intent.js";
import { confirmIntent } from "./confirm-intent.js";
import { createIntent } from "./create-intent.js";
import { answerEvent, listCharges, listEvents, listIntents, listRefunds } from "./list-payments.js";
import { answerIntent, type PaymentDesk, type Turn } from "./stripe-context.js";
import { orderOf, type Payment, shownCharge } from "./payment-record.js";
import { refundPayment } from "./refund-payment.js";
import { searchedOrder, searchPayments } from "./search-payments.js";
import { missing } from "./stripe-answer.js";
import { type StripeForm, text, whole } from "./stripe-form.js";
import { updateIntent } from "./update-intent.js";

/** What a request asks for, as far as rules and the log care, and what it does. */
export interface Operation {
  op: FaultOp;
  about: About;
  act(turn: Turn): Answer;
}

type IntentVerb = (desk: PaymentDesk, payment: Payment, turn: Turn) => Answer;

const INTENT_VERBS: Record<string, { op: FaultOp; act: IntentVerb } | undefined> = {
  confirm: { op: "authorize", act: confirmIntent },
  capture: { op: "capture", act: captureIntent },
  cancel: { op: "void", act: cancelIntent },
};

/** The operation behind a method and the path below /v1; null when Stripe has none there, or we have not. */
export function operationFor(
  desk: PaymentDesk,
  method: string,
  path: readonly string[],
  params: StripeForm,
): Operation | null {
  const [noun = "", id, verb] = path;
  if (noun === "payment_intents") {
    return id === undefined
      ? collectionOperation(desk, method, params)
      : intentOperation(desk, method, { id, verb }, params);
  }
  if (noun === "refunds" && method === "POST" && id === undefined) return refundOperation(desk, params);
  if (method !== "GET" || verb !== undefined) return null;
  return readOperation(desk, noun, id, params);
}

function collectionOperation(desk: PaymentDesk, method: string, params: StripeForm): Operation {
  if (method === "GET") return { op: "lookup", about: {}, act: () => listIntents(desk, params) };
  return {
    op: text(params, "confirm") === "true" ? "authorize" : "create",
    about: { order: text(params, "metadata", "orderId") ?? null, amount: whole(params, "amount") ?? null },
    act: (turn) => createIntent(desk, turn),
  };
}

function intentOperation(
  desk: PaymentDesk,
  method: string,
  { id, verb }: { id: string; verb: string | undefined },
  params: StripeForm,
): Operation | null {
  if (method === "GET" && id === "search") {
    const about = { order: searchedOrder(text(params, "query") ?? "") };
    return { op: "lookup", about, act: () => searchPayments(desk, params) };
  }
  const payment = desk.book.find(id);
  if (!payment) return { op: "lookup", about: {}, act: () => missing("payment_intent", id) };
  const about = aboutPayment(payment);
  if (verb === undefined && method === "GET")
    return { op: "lookup", about, act: () => answerIntent(desk, payment, params) };
  if (verb === undefined) return { op: "update", about, act: (turn) => updateIntent(desk, payment, turn) };
  const known = Object.hasOwn(INTENT_VERBS, verb) ? INTENT_VERBS[verb] : undefined;
  if (!known || method !== "POST") return null;
  return { op: known.op, about, act: (turn) => known.act(desk, payment, turn) };
}

function refundOperation(desk: PaymentDesk, params: StripeForm): Operation {
  const intent = text(params, "payment_intent");
  const payment = intent === undefined ? desk.book.withCharge(text(params, "charge") ?? "") : desk.book.find(intent);
  const about = payment ? aboutPayment(payment) : {};
  return { op: "refund", about, act: (turn) => refundPayment(desk, payment, turn) };
}

function readOperation(desk: PaymentDesk, noun: string, id: string | undefined, params: StripeForm): Operation | null {
  const lookup = (payment: Payment | undefined, act: () => Answer): Operation => ({
    op: "lookup",
    about: payment ? aboutPayment(payment) : {},
    act,
  });
  const named = desk.book.find(text(params, "payment_intent") ?? "");
  switch (noun) {
    case "charges":
      return id === undefined
        ? lookup(named, () => listCharges(desk, params))
        : lookup(desk.book.withCharge(id), () => oneCharge(desk, id));
    case "refunds":
      return id === undefined
        ? lookup(named, () => listRefunds(desk, params))
        : lookup(desk.book.withRefund(id), () => oneRefund(desk, id));
    case "events":
      return lookup(undefined, () =>
        id === undefined ? listEvents(desk, params) : (answerEvent(desk, id) ?? missing("event", id)),
      );
    case "account":
      return { op: "account", about: {}, act: () => answer(200, ACCOUNT) };
    case "balance":
      return { op: "account", about: {}, act: () => answer(200, BALANCE) };
    default:
      return null;
  }
}

function oneCharge(desk: PaymentDesk, id: string): Answer {
  const charge = desk.book.withCharge(id)?.charges.find((known) => known.id === id);
  return charge ? answer(200, shownCharge(charge)) : missing("charge", id);
}

function oneRefund(desk: PaymentDesk, id: string): Answer {
  const refund = desk.book.withRefund(id)?.refunds.find((known) => known.id === id);
  return refund ? answer(200, refund) : missing("refund", id);
}

function aboutPayment(payment: Payment): About {
  return { order: orderOf(payment), amount: payment.asked };
}

const ACCOUNT = { id: "acct_simulator", object: "account", charges_enabled: true, payouts_enabled: true };
const BALANCE = { object: "balance", available: [], pending: [], livemode: false };
