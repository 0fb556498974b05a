import { isOpen, parseStep } from "./operation.js";
import { balances, hasOpenRefund, isClosed, openAttentions, type Order, waivedRefunds } from "./order.js";
import type { Payment } from "./payment.js";
import { promisedRefunds } from "./refund.js";
import { isLost, isToCome } from "./shipment.js";
import { nextStepOf } from "./rules/next-step.js";
import { leavesAuthorization } from "./rules/void.js";

export type AuditedPayment = Payment & { refunded: number };

/** What does not add up about an order: its ledger against its shipments and against the provider's payments. */
export function auditOrder(order: Order, payments: readonly AuditedPayment[]): string[] {
  const own = payments.filter(({ reference }) => reference === order.payment.reference);
  return [
    ...auditLedger(order, own),
    ...(isClosed(order) ? auditClosed(order, own) : auditOpen(order, own)),
    ...payments.flatMap((payment) => auditPayment(order, payment)),
  ];
}

function sumOf(payments: readonly AuditedPayment[], of: (payment: AuditedPayment) => number): number {
  return payments.reduce((sum, payment) => sum + of(payment), 0);
}

function auditLedger(order: Order, payments: readonly AuditedPayment[]): string[] {
  const { captured, refunded } = balances(order);
  const received = sumOf(payments, (payment) => payment.received);
  const paidBack = sumOf(payments, (payment) => payment.refunded) + waivedRefunds(order);
  return [
    ...(received === captured ? [] : [`the provider captured ${received}, the order database knows of ${captured}`]),
    ...(paidBack === refunded || hasOpenRefund(order)
      ? []
      : [`the provider refunded ${paidBack}, the order database knows of ${refunded}`]),
    ...(refunded > captured ? ["more was refunded than captured"] : []),
  ];
}

/** A payment of another amount, or one that the order does not know, as long as money is in it and no operator has resolved it. */
function auditPayment(order: Order, payment: AuditedPayment): string[] {
  const { reference, amount, capturable, received, refunded } = payment;
  if (capturable === 0 && received === refunded) return [];
  const isSeenTo = order.attentions.some(
    ({ step, resolvedAt }) => step === `event/${reference}` && resolvedAt !== null,
  );
  if (reference !== order.payment.reference)
    return isSeenTo ? [] : [`the payment ${reference} is not known to the order database`];
  return amount === order.total ? [] : [`the provider's payment is of ${amount}, the order of ${order.total}`];
}

/** An open order holds what the provider holds, unless a call is in progress or an operator is needed, and waits for something. */
function auditOpen(order: Order, payments: readonly AuditedPayment[]): string[] {
  const { held, captured } = balances(order);
  const capturable = sumOf(payments, (payment) => payment.capturable);
  const received = sumOf(payments, (payment) => payment.received);
  const isMoving = order.operations.some(isOpen) || order.facts.length > 0 || openAttentions(order).length > 0;
  return [
    // What was captured and should not have been is reported as such.
    ...(held + captured === capturable + received || isMoving
      ? []
      : [`the provider holds ${capturable}, the order database knows of ${held}`]),
    ...(nextStepOf(order) === null ? [`it is ${order.status} and waits for nothing`] : []),
  ];
}

function auditClosed(order: Order, payments: readonly AuditedPayment[]): string[] {
  const { held } = balances(order);
  const capturable = sumOf(payments, (payment) => payment.capturable);
  return [
    ...order.shipments
      .filter(isToCome)
      .map(({ id, status }) => `the shipment ${id} is ${status} although the order is closed`),
    ...(leavesAuthorization(order) ? [] : auditHeld(held, capturable)),
    ...auditKept(order),
  ];
}

function auditHeld(held: number, capturable: number): string[] {
  return [
    ...(held === 0 ? [] : [`${held} is still held although the order is closed`]),
    ...(capturable === 0 ? [] : [`the provider still holds ${capturable} although the order is closed`]),
  ];
}

/** What was captured and not refunded because something went wrong is what the delivered shipments are worth. */
function auditKept(order: Order): string[] {
  if (hasOpenRefund(order)) return [];
  const { captured, refunded } = balances(order);
  const delivered = order.shipments.filter((shipment) => shipment.shippedAt !== null && !isLost(shipment));
  const worth = delivered.reduce((sum, { share }) => sum + share, 0);
  const automatic = order.refunds.filter((refund) => refund.automatic);
  const kept = captured - promisedRefunds(automatic);
  const notRefunded = automatic
    .filter(({ status }) => status === "failed")
    .reduce((sum, { amount }) => sum + amount, 0);
  const due = worth + notRefunded;
  const isPaid = kept <= due && kept >= worth - notCaptured(order);
  // The shop itself had refunded what a shipment that failed later was worth.
  const isRefunded = kept > due && captured - refunded <= due;
  return isPaid || isRefunded ? [] : [`${kept} was kept for shipments worth ${worth}`];
}

/** Money that an operator decided not to capture: skipped, or paid otherwise. */
function notCaptured({ operations }: Order): number {
  return operations
    .filter(({ name, outcome }) => {
      const isResolved = outcome?.result === "skipped" || outcome?.result === "waived";
      return isResolved && parseStep(name).kind === "capture";
    })
    .reduce((sum, { amount }) => sum + (amount ?? 0), 0);
}
