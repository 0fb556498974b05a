import { updateOrder } from "../src/database/update-order.js";
import { UNCHANGED, type Change } from "../src/domain/change.js";
import type { StoredFact } from "../src/domain/fact.js";
import type { Order } from "../src/domain/order.js";
import type { OrderSnapshot } from "../src/domain/order-snapshot.js";
import type { Payment } from "../src/domain/payment.js";
import { applyOldestFact } from "../src/domain/rules/apply-fact.js";
import { cancelOrder, completeOrder, rejectOrder } from "../src/domain/rules/close.js";
import { expireApproval, expireAuthorization, expirePayment } from "../src/domain/rules/expiry.js";
import { type Evidence, evidenceNeeded } from "../src/domain/rules/resolve-attention.js";
import { snapshotOf } from "../src/domain/rules/snapshot.js";
import { takeOver } from "../src/domain/rules/takeover.js";
import type { RunState } from "../src/domain/runs.js";
import type { PaymentGateway } from "../src/providers/payment/payment-gateway.js";
import { ProviderError } from "../src/providers/provider-error.js";
import { callTimeout, toFailure } from "./call-provider.js";
import { readDueOrder } from "./read-due-order.js";
import { type OutcomeDeps, recordAndBeginEmails } from "./record-outcome.js";

interface Deps extends OutcomeDeps {
  payments: PaymentGateway;
  /** How the order's own run is known to Temporal; throws when Temporal does not answer. */
  runState(orderId: string): Promise<RunState>;
}

interface OfOrder {
  orderId: string;
}

/** The order itself: what its run records without a provider, and what providers and operators reported meanwhile. */
export function createOrderActivities(deps: Deps) {
  const { database, payments } = deps;

  const change = async (orderId: string, rule: (order: Order, now: number) => Change): Promise<OrderSnapshot> =>
    snapshotOf(await recordAndBeginEmails(deps, orderId, rule));

  /** Makes the asking run the order's own where that one is no more; null where it still is. */
  const takeOverOrder = async ({ orderId, runId }: OfOrder & { runId: string }): Promise<OrderSnapshot | null> => {
    const state = await deps.runState(orderId);
    const order = await updateOrder(database, orderId, (current, now) => takeOver(current, state, runId, now));
    if (!order) throw new Error("an order that has a run is not in the database");
    return order.closedAt !== null || order.runId === runId ? snapshotOf(order) : null;
  };

  return {
    takeOverOrder,

    /** Applies the oldest stored fact, a provider's event or an operator's resolution, if there is one. */
    async applyEvent({ orderId }: OfOrder): Promise<OrderSnapshot> {
      const { order } = await readDueOrder(database, orderId, "applyEvent");
      const [oldest] = order.facts;
      if (!oldest) return snapshotOf(order);
      const evidence = await gather(payments, order, oldest);
      return change(orderId, (current, now) => {
        const [fact] = current.facts;
        return fact?.number === oldest.number
          ? applyOldestFact(current, evidence.fact, evidence.shown, now)
          : UNCHANGED;
      });
    },

    expirePayment: ({ orderId }: OfOrder): Promise<OrderSnapshot> => change(orderId, expirePayment),

    expireApproval: ({ orderId }: OfOrder): Promise<OrderSnapshot> => change(orderId, expireApproval),

    expireAuthorization: ({ orderId }: OfOrder): Promise<OrderSnapshot> => change(orderId, expireAuthorization),

    rejectOrder: ({ orderId }: OfOrder): Promise<OrderSnapshot> => change(orderId, rejectOrder),

    cancelOrder: ({ orderId }: OfOrder): Promise<OrderSnapshot> => change(orderId, cancelOrder),

    completeOrder: ({ orderId }: OfOrder): Promise<OrderSnapshot> => change(orderId, completeOrder),
  };
}

/**
 * What a fact needs of the payment provider before it can be applied: the payment that a resolution speaks of, and the
 * terms of an authorization that an event brought, which an event does not say. Without an answer the terms are learnt
 * later, and a resolution waits.
 */
async function gather(
  payments: PaymentGateway,
  order: Order,
  fact: StoredFact,
): Promise<{ fact: StoredFact; shown: Evidence | null }> {
  if (fact.about === "resolution") {
    const needed = evidenceNeeded(order, fact);
    return { fact, shown: needed ? { payment: await retrieveOrFail(payments, order, needed.reference) } : null };
  }
  const lacksTerms = fact.about === "payment" && fact.payment.state === "authorized" && fact.payment.terms === null;
  if (!lacksTerms || order.payment.multicapture !== null) return { fact, shown: null };
  const { reference } = fact.payment;
  const retrieved = await payments.retrieve(reference, callTimeout()).catch((error: unknown) => {
    if (error instanceof ProviderError) return null;
    throw error;
  });
  return { fact: { ...fact, payment: { ...fact.payment, terms: retrieved?.terms ?? null } }, shown: null };
}

async function retrieveOrFail(
  payments: PaymentGateway,
  order: Order,
  reference: string | null,
): Promise<Payment | null> {
  try {
    if (reference !== null) return await payments.retrieve(reference, callTimeout());
    const [first] = order.operations.filter(({ name }) => name === "authorize");
    const from = new Date(first?.firstAttemptAt ?? Date.now());
    return await payments.findPayment(order.id, { from, to: new Date() }, callTimeout());
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === "rejected" || error.kind === "unauthorized") return null; // there is no such payment
    throw toFailure(error);
  }
}
