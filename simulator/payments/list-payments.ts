import { type Answer, answer } from "../http-response.js";
import { type PaymentDesk, showIntent } from "./stripe-context.js";
import { type Charge, type Payment, type Refund, shownCharge } from "./payment-record.js";
import { createdTooEarly, createdWithin, listPage } from "./stripe-page.js";
import { type StripeForm, text } from "./stripe-form.js";

export function listIntents(desk: PaymentDesk, params: StripeForm): Answer {
  const customer = text(params, "customer");
  return listPage<Payment>(
    {
      url: "/v1/payment_intents",
      rows: desk.book.payments,
      position: (id) => desk.book.position(id),
      keeps: ({ intent }) =>
        (customer === undefined || intent.customer === customer) && createdWithin(intent.created, params),
      isPast: ({ intent }) => createdTooEarly(intent.created, params),
      show: (payment) => showIntent(desk, payment, params),
    },
    params,
  );
}

export function listCharges(desk: PaymentDesk, params: StripeForm): Answer {
  const payment = paymentNamed(desk, params);
  return listPage<Charge>(
    { url: "/v1/charges", ...rowsOf(payment?.charges ?? desk.book.charges, params), show: shownCharge },
    params,
  );
}

export function listRefunds(desk: PaymentDesk, params: StripeForm): Answer {
  const payment = paymentNamed(desk, params);
  return listPage<Refund>(
    { url: "/v1/refunds", ...rowsOf(payment?.refunds ?? desk.book.refunds, params), show: (refund) => refund },
    params,
  );
}

export function listEvents(desk: PaymentDesk, params: StripeForm): Answer {
  const wanted = text(params, "type");
  const rows = desk.outbox.events.all();
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

/** Looking at one payment's own rows instead of everybody's. */
function paymentNamed(desk: PaymentDesk, params: StripeForm): Payment | undefined {
  const intent = text(params, "payment_intent");
  return intent === undefined ? desk.book.withCharge(text(params, "charge") ?? "") : desk.book.find(intent);
}

export function answerEvent(desk: PaymentDesk, id: string): Answer | null {
  const event = desk.outbox.events.all().find((known) => known.id === id && known.provider === "stripe");
  return event ? answer(200, JSON.parse(event.body) as object) : null;
}
