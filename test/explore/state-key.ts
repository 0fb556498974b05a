import type { Order } from "../../src/domain/order.js";

/** What distinguishes two states: everything but ids that were drawn, times, versions and counters. */
export function stateKey(order: Order): string {
  const { payment, failure } = order;
  return JSON.stringify([
    order.status,
    failure?.code,
    payment.status,
    payment.reference,
    payment.actionUrl !== null,
    payment.captureBefore !== null,
    payment.multicapture,
    payment.received,
    order.deadline !== null,
    order.runId,
    order.purgedAt !== null,
    order.shipments.map(({ status, shippedAt, lateReport, carrier }) => [
      status,
      shippedAt !== null,
      lateReport,
      carrier,
    ]),
    order.operations.map(({ name, round, amount, final, firstAttemptAt, outcome }) => [
      name,
      round,
      amount,
      final,
      firstAttemptAt !== null,
      outcome?.result,
      outcome?.reference,
    ]),
    order.ledger.map(({ name, amount }) => [name, amount]),
    order.refunds.map(({ id, amount, status, reference, pending }) => [id, amount, status, reference, pending]),
    order.attentions.map(({ step, cause, resolution, resolvedAt }) => [
      step,
      cause,
      resolution?.action,
      resolvedAt !== null,
    ]),
    order.emails.map(({ kind, about, status, sending, unknownSends }) => [
      kind,
      about,
      status,
      sending,
      Math.min(unknownSends, 2),
    ]),
    order.facts.map((fact) => ({ ...fact, number: 0 })),
  ]);
}
