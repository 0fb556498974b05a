import { type HttpResponse, jsonResponse } from "../http-response.js";
import { type StripeContext, showIntent } from "./stripe-context.js";
import { type Charge, type Payment, type Refund, shownCharge } from "./payment-record.js";
import { createdTooEarly, createdWithin, listPage } from "./stripe-page.js";
import { type StripeForm, text } from "./stripe-form.js";

export function listIntents(stripe: StripeContext, params: StripeForm): HttpResponse {
  const customer = text(params, "customer");
  return listPage<Payment>(
    {
      url: "/v1/payment_intents",
      rows: stripe.store.payments,
      position: (id) => stripe.store.position(id),
      keeps: ({ intent }) =>
        (customer === undefined || intent.customer === customer) && createdWithin(intent.created, params),
      isPast: ({ intent }) => createdTooEarly(intent.created, params),
      show: (payment) => showIntent(stripe, payment, params),
    },
    params,
  );
}

export function listCharges(stripe: StripeContext, params: StripeForm): HttpResponse {
  const payment = paymentNamed(stripe, params);
  return listPage<Charge>(
    { url: "/v1/charges", ...rowsOf(payment?.charges ?? stripe.store.charges, params), show: shownCharge },
    params,
  );
}

export function listRefunds(stripe: StripeContext, params: StripeForm): HttpResponse {
  const payment = paymentNamed(stripe, params);
  return listPage<Refund>(
    { url: "/v1/refunds", ...rowsOf(payment?.refunds ?? stripe.store.refunds, params), show: (refund) => refund },
    params,
  );
}

export function listEvents(stripe: StripeContext, params: StripeForm): HttpResponse {
  const wanted = text(params, "type");
  const rows = stripe.outbox.events.all();
  return listPage(
    {
      url: "/v1/events",
      rows,
      position: (id) => rows.findIndex((event) => event.id === id),
      keeps: (event) =>
        event.provider === "stripe" &&
        (wanted === undefined || event.type === wanted) &&
        createdWithin(Math.floor(event.time), params),
      isPast: (event) => createdTooEarly(Math.floor(event.time), params),
      show: (event) => JSON.parse(event.body) as object,
    },
    params,
  );
}

interface ChargeOrRefund {
  id: string;
  created: number;
  payment_intent: string;
  charge?: string;
}

function rowsOf<T extends ChargeOrRefund>(rows: readonly T[], params: StripeForm) {
  const intent = text(params, "payment_intent");
  const charge = text(params, "charge");
  return {
    rows,
    position: (id: string) => rows.findIndex((row) => row.id === id),
    keeps: (row: T) =>
      (intent === undefined || row.payment_intent === intent) &&
      (charge === undefined || row.charge === charge) &&
      createdWithin(row.created, params),
    isPast: (row: T) => createdTooEarly(row.created, params),
  };
}

/** The payment that the filter names, whose own rows suffice. */
function paymentNamed(stripe: StripeContext, params: StripeForm): Payment | undefined {
  const intent = text(params, "payment_intent");
  return intent === undefined ? stripe.store.withCharge(text(params, "charge") ?? "") : stripe.store.find(intent);
}

export function eventResponse(stripe: StripeContext, id: string): HttpResponse | null {
  const event = stripe.outbox.events.all().find((known) => known.id === id && known.provider === "stripe");
  return event ? jsonResponse(200, JSON.parse(event.body) as object) : null;
}
