import { updateOrder } from "../src/database/update-order.js";
import { isOpen, operationName } from "../src/domain/operation.js";
import { balances, findOperation, type Order } from "../src/domain/order.js";
import type { OrderSnapshot } from "../src/domain/order-snapshot.js";
import { matchesRequest, type Payment } from "../src/domain/payment.js";
import { CREATE_WINDOW_MS } from "../src/domain/policy.js";
import { inSequence } from "../src/domain/change.js";
import { beginCapture, needsTerms, recordCapture, recordCaptureRefusal } from "../src/domain/rules/capture.js";
import {
  recordAuthorizationAnswer,
  recordAuthorizationRefusal,
  recordPayment,
} from "../src/domain/rules/payment-report.js";
import { snapshotOf } from "../src/domain/rules/snapshot.js";
import { beginVoid, openVoid, recordVoid, recordVoidRefusal } from "../src/domain/rules/void.js";
import { tenantTag } from "../src/idempotency/derived-ids.js";
import type { PaymentGateway } from "../src/providers/payment/payment-gateway.js";
import { ProviderError } from "../src/providers/provider-error.js";
import { callTimeout, earliestAttempt, toFailure } from "./call-provider.js";
import { readDueOrder } from "./read-due-order.js";
import { createCaller, type OutcomeDeps } from "./record-outcome.js";

interface Deps extends OutcomeDeps {
  payments: PaymentGateway;
  /** Where a customer comes back to when the order names no place. */
  returnUrl: string;
}

interface OfOrder {
  orderId: string;
}

interface OfShipment extends OfOrder {
  shipmentId: string;
}

/** The payment provider: authorize and void, capture; each under a key derived from order and operation. */
export function createPaymentActivities(deps: Deps) {
  const { database, payments, returnUrl } = deps;
  const call = createCaller(deps);

  return {
    async authorizePayment({ orderId }: OfOrder): Promise<OrderSnapshot> {
      const { order, isDue } = await readDueOrder(database, orderId, "authorizePayment");
      const operation = findOperation(order, operationName.authorize);
      const payment = order.request?.payment;
      if (!isDue || !isOpen(operation) || !payment) return snapshotOf(order);
      const { total: amount, currency } = order;
      const now = database.clock.now();
      const from = new Date(earliestAttempt(order, operation, now));
      const to = new Date(Math.min(now, operation.firstAttemptAt + CREATE_WINDOW_MS));
      const request = {
        ...{ orderId, key: operation.key, amount, currency },
        ...{ method: payment.method, returnUrl: payment.returnUrl ?? returnUrl, tenantTag: tenantTag(order.tenant) },
        reference: order.policy.sendsReference ? (order.request?.reference ?? null) : null,
      };
      const answered = await call(
        order,
        operation,
        {
          kind: "authorize",
          send: async (timeoutMs) => decided(await payments.authorize(request, timeoutMs)),
          lookUp: async (timeoutMs) => {
            const found = await payments.findPayment(orderId, { from, to }, timeoutMs);
            return found && isDecided(found) ? found : null;
          },
          // Its money is on record, whatever it is: see recordAuthorizationAnswer.
          contradicts: () => false,
        },
        { ok: recordAuthorizationAnswer, rejected: recordAuthorizationRefusal },
      );
      return snapshotOf(answered);
    },

    async voidPayment({ orderId }: OfOrder): Promise<OrderSnapshot> {
      const due = await readDueOrder(database, orderId, "voidPayment");
      if (!due.isDue) return snapshotOf(due.order);
      const order = await begun(due.order, (current, now) => beginVoid(current, now), openVoid);
      const operation = openVoid(order);
      const { reference } = order.payment;
      if (!operation || reference === null) return snapshotOf(order);
      const voided = await call(
        order,
        operation,
        {
          kind: "void",
          send: async (timeoutMs) => over(await payments.void({ orderId, reference, key: operation.key }, timeoutMs)),
          lookUp: async (timeoutMs) => {
            const found = await payments.retrieve(reference, timeoutMs);
            return isOver(found) ? found : null;
          },
          contradicts: (payment) => payment.reference !== reference,
        },
        {
          ok: (current, payment, now) =>
            inSequence(
              current,
              (next) => recordPayment(next, payment, now),
              (next) => recordVoid(next, payment, now),
            ),
          rejected: recordVoidRefusal,
        },
      );
      return snapshotOf(voided);
    },

    async capturePayment({ orderId, shipmentId }: OfShipment): Promise<OrderSnapshot> {
      const due = await readDueOrder(database, orderId, `capturePayment/${shipmentId}`);
      if (!due.isDue) return snapshotOf(due.order);
      const known = needsTerms(due.order) ? await learnTerms(due.order) : due.order;
      const ofShipment = (order: Order) => findOperation(order, operationName.capture(shipmentId));
      const order = await begun(known, beginCapture, ofShipment);
      const operation = ofShipment(order);
      const { reference } = order.payment;
      if (!isOpen(operation) || operation.amount === null || reference === null) return snapshotOf(order);
      const { amount, final } = operation;
      const expected = balances(order).captured + amount;
      const captured = await call(
        order,
        operation,
        {
          kind: "capture",
          send: async (timeoutMs) => {
            const { key } = operation;
            const { currency } = order;
            const request = { orderId, shipmentId, reference, currency, amount, final: final === true, key };
            const payment = await payments.capture(request, timeoutMs);
            if (payment.reference === reference && payment.received < expected)
              throw new ProviderError("rejected", `payment_${payment.state}`);
            return payment;
          },
          lookUp: async (timeoutMs) => {
            const payment = await payments.retrieve(reference, timeoutMs);
            return payment.received >= expected ? payment : null;
          },
          contradicts: (payment) =>
            payment.reference !== reference ||
            !matchesRequest(payment, { orderId, amount: order.total, currency: order.currency }),
        },
        {
          ok: (current, payment, now) => recordCapture(current, shipmentId, payment, now),
          rejected: (current, reason, now) => recordCaptureRefusal(current, shipmentId, reason, now),
        },
      );
      return snapshotOf(captured);
    },
  };

  /** The order with the operation begun: from then on it may have been called. */
  async function begun(
    order: Order,
    begin: (order: Order, now: number) => ReturnType<typeof beginVoid>,
    find: (order: Order) => ReturnType<typeof findOperation>,
  ): Promise<Order> {
    if (isOpen(find(order))) return order;
    return (await updateOrder(database, order, begin)) ?? order;
  }

  /** What the provider granted with the authorization: shares depend on it, and an event does not say it. */
  async function learnTerms(order: Order): Promise<Order> {
    const { reference } = order.payment;
    if (reference === null) return order;
    try {
      const payment = await payments.retrieve(reference, callTimeout());
      if (!payment.terms) throw new ProviderError("unknown", "no_terms");
      return (await updateOrder(database, order, (current, now) => recordPayment(current, payment, now))) ?? order;
    } catch (error) {
      throw error instanceof ProviderError ? toFailure(error) : error;
    }
  }
}

function isDecided({ state }: Payment): boolean {
  return state !== "processing" && state !== "created";
}

/** A payment in progress is no answer yet. */
function decided(payment: Payment): Payment {
  if (!isDecided(payment)) throw new ProviderError("unknown", payment.state);
  return payment;
}

/** A payment that a void can do nothing about any more. */
function isOver({ state }: Payment): boolean {
  return state === "voided" || state === "captured";
}

function over(payment: Payment): Payment {
  if (!isOver(payment)) throw new ProviderError("unknown", `payment_${payment.state}`);
  return payment;
}
