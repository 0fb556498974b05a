import { beginVoid } from "../src/database/begin-void.js";
import { fixShare, shareOf } from "../src/database/capture-share.js";
import { finishVoid } from "../src/database/finish-void.js";
import { amountsOf } from "../src/database/ledger.js";
import { readBody } from "../src/database/order-body.js";
import type { OrderRow } from "../src/database/open-order.js";
import type { OrderBook } from "../src/database/order-book.js";
import { findOrder } from "../src/database/orders.js";
import { recordCapture, recordCaptureRefusal } from "../src/database/record-capture.js";
import { recordPayment, recordRefusal, recordUnknown } from "../src/database/record-payment.js";
import { beginStep, decideStep, findStep, stepOf } from "../src/database/operations.js";
import type { AuthorizeRequest, PaymentGateway } from "../src/providers/payment/payment-gateway.js";
import { ProviderError } from "../src/providers/provider-error.js";
import type { OrderFacts } from "../src/domain/order-snapshot.js";
import type { Payment } from "../src/domain/payment.js";
import { askProvider, callTimeout, type Question } from "./call-provider.js";
import { answering } from "./record-outcome.js";

interface Deps {
  book: OrderBook;
  payments: PaymentGateway;
  /** Where a buyer comes back to when the order names no place. */
  returnUrl: string;
}

interface OfOrder {
  orderId: string;
}

interface OfShipment extends OfOrder {
  shipmentId: string;
}

/** The payment provider: authorize and void, capture; each under a key derived from order and step. */
export function createPaymentActivities({ book, payments, returnUrl }: Deps) {
  const { db } = book;
  const { record } = answering(book);

  return {
    async authorize({ orderId }: OfOrder): Promise<OrderFacts> {
      const row = await findOrder(db, orderId);
      const request = authorizationOf(row, returnUrl);
      if (!request) return book.facts(orderId);
      const step = await beginStep(db, orderId, stepOf.authorize, request, ["accepted"]);
      if (!step || step.outcome) return book.facts(orderId);
      const first = { ...request, ...(step.params as Partial<typeof request>), orderId, key: step.key };
      return record(orderId, step, {
        cause: "payment_unknown",
        answer: askProvider(step, row.policy.lookupAfterMs, authorization(payments, first, step.first_attempt_at)),
        fact: recordPayment,
        refused: recordRefusal,
        unknown: recordUnknown,
      });
    },

    async voidPayment({ orderId }: OfOrder): Promise<OrderFacts> {
      const { payment_reference: reference, policy, total } = await findOrder(db, orderId);
      if (reference === null) return book.facts(orderId);
      const step = await book.change(orderId, (order) => beginVoid(order, reference));
      if (!step || step.outcome) return book.facts(orderId);
      const name = step.step;
      return record(orderId, step, {
        cause: "outcome_unknown",
        answer: askProvider(step, policy.lookupAfterMs, {
          creates: false,
          ask: (timeoutMs) => payments.void({ orderId, reference, key: step.key }, timeoutMs),
          lookUp: async (timeoutMs) => past(await payments.retrieve(reference, timeoutMs)),
        }),
        fact: (order, payment) => finishVoid(order, name, payment),
        refused: async (order, reason) => {
          await decideStep(order.trx, orderId, name, { result: "refused", reference: reason });
          await order.raise(name, "void_refused", total);
        },
      });
    },

    /** Asks how a payment stands that waits for the buyer: the news may never come by itself. */
    async trackPayment({ orderId }: OfOrder): Promise<OrderFacts> {
      const { payment_reference: reference } = await findOrder(db, orderId);
      if (reference === null) return book.facts(orderId);
      const payment = await payments.retrieve(reference, callTimeout());
      return book.changeForRun(orderId, (order) => recordPayment(order, payment));
    },

    async capture({ orderId, shipmentId }: OfShipment): Promise<OrderFacts> {
      const row = await findOrder(db, orderId);
      const step = await findStep(db, orderId, stepOf.capture(shipmentId));
      const reference = row.payment_reference;
      if (!step || step.outcome || reference === null) return book.facts(orderId);
      const share = shareOf(step) ?? (await book.change(orderId, (order) => fixShare(order, shipmentId)));
      if (!share) throw new Error("a capture that was begun has a share");
      const { captured } = await amountsOf(db, orderId);
      const expected = captured + share.amount;
      return record(orderId, step, {
        cause: "outcome_unknown",
        answer: askProvider(step, row.policy.lookupAfterMs, {
          creates: false,
          ask: async (timeoutMs) => {
            const payment = await payments.capture(
              { ...share, orderId, shipmentId, reference, currency: row.currency, key: step.key },
              timeoutMs,
            );
            if (payment.received < expected) throw new ProviderError("refused", `payment_${payment.state}`);
            return payment;
          },
          lookUp: async (timeoutMs) => {
            const payment = await payments.retrieve(reference, timeoutMs);
            return payment.received >= expected ? payment : null;
          },
        }),
        fact: (order, payment) => recordCapture(order, shipmentId, share, payment),
        refused: (order, reason) => recordCaptureRefusal(order, shipmentId, share, reason),
      });
    },
  };
}

/** What is asked of the provider for an order; null for one that costs nothing. */
export function authorizationOf(row: OrderRow, returnUrl: string): Omit<AuthorizeRequest, "orderId" | "key"> | null {
  const { payment } = readBody(row);
  if (!payment) return null;
  const { total: amount, currency } = row;
  return { amount, currency, method: payment.method, returnUrl: payment.returnUrl ?? returnUrl };
}

export function authorization(
  payments: PaymentGateway,
  request: AuthorizeRequest,
  firstAttemptAt: Date,
): Question<Payment> {
  return {
    creates: true,
    ask: async (timeoutMs) => settled(await payments.authorize(request, timeoutMs)),
    lookUp: (timeoutMs) => payments.findPayment(request.orderId, firstAttemptAt, timeoutMs),
  };
}

/** A payment in progress is no answer yet. */
function settled<T extends { state: string }>(payment: T): T {
  if (payment.state === "processing") throw new ProviderError("unknown", "processing");
  return payment;
}

/** A payment that a void can do nothing for any more. */
function past<T extends { state: string }>(payment: T): T | null {
  return payment.state === "voided" || payment.state === "captured" ? payment : null;
}
