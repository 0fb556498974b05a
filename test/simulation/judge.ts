import { isDeepStrictEqual } from "node:util";
import { auditOrder } from "../../src/domain/audit-order.js";
import { balances, isClosed, openAttentions, type Order } from "../../src/domain/order.js";
import { dueSteps } from "../../src/domain/rules/next-step.js";
import { messageId } from "../../src/idempotency/derived-ids.js";
import type { Providers } from "./gateways.js";
import type { Answer } from "./run-instance.js";

/** The right side of every Message-ID. */
export const EMAIL_DOMAIN = "shop.example";

/** What is wrong when nothing happens any more: the providers' own ledgers against the order's, and the order's promises. */
export function judge(order: Order, providers: Providers): string[] {
  return [
    ...auditOrder(order, providers.payment.payments),
    ...judgeEnd(order),
    ...judgeMoney(order, providers),
    ...judgeUnits(order, providers),
    ...judgeEmails(order, providers),
  ];
}

/** What is wrong when a run ends: its order or refund is closed and owes nothing, unless another run has the order. */
export function judgeRunEnd(workflowId: string, answer: Answer, order: Order): string[] {
  if ("failed" in answer) return [`the run ${workflowId} failed: ${String(answer.failed)}`];
  if (answer.ok === null) return [];
  if (workflowId.startsWith("refund/")) {
    const status = order.refunds.find(({ id }) => `refund/${id}` === workflowId)?.status;
    const isClosedRefund = status === "succeeded" || status === "failed";
    return isClosedRefund ? [] : [`a refund's run ended while the refund is ${status}`];
  }
  const owed = order.emails.find(({ kind, status }) => status === "queued" && kind !== "refunded");
  return [
    ...(isClosed(order) ? [] : [`the order's run ended while the order is ${order.status}`]),
    ...(owed ? [`the order's run ended before the email ${owed.kind}`] : []),
  ];
}

function judgeEnd(order: Order): string[] {
  const owed = order.refunds.filter(({ status }) => status !== "succeeded" && status !== "failed");
  return [
    ...(isClosed(order) ? [] : [`it is still ${order.status}`]),
    ...openAttentions(order).map(({ cause, step }) => `an operator is still needed: ${cause} of ${step}`),
    ...owed.map(({ id, status }) => `the refund ${id} is still ${status}`),
    ...dueSteps(order).map((step) => `${step} is still due`),
  ];
}

/** Nothing held after it, unless an operator left it; captures and refunds as on record. */
function judgeMoney(order: Order, { payment }: Providers): string[] {
  const { payments } = payment;
  const { refunded } = balances(order);
  const leaves = order.operations.some(({ name, outcome }) => name.startsWith("void") && outcome?.result === "skipped");
  const held = payments.reduce((sum, { capturable }) => sum + capturable, 0);
  const paidBack = payments.reduce((sum, one) => sum + one.refunded, 0);
  const received = payments.reduce((sum, one) => sum + one.received, 0);
  return [
    ...(held > 0 && !leaves ? [`${held} is held at the provider at the end`] : []),
    ...(paidBack > received ? [`the provider refunded ${paidBack} of ${received}`] : []),
    ...(paidBack > refunded ? [`the provider refunded ${paidBack}, the order knows of ${refunded}`] : []),
    ...(order.status === "rejected" && received > paidBack
      ? [`${received - paidBack} is kept of a rejected order`]
      : []),
  ];
}

/** What left the warehouse is on record as such, and vice versa. */
function judgeUnits(order: Order, { warehouse }: Providers): string[] {
  const found: string[] = [];
  for (const { id, status, shipTo, wasStopped } of warehouse.shipments.values()) {
    const shipment = order.shipments.find((one) => one.id === id);
    const isKnown = shipment && (shipment.shippedAt !== null || shipment.lateReport !== null);
    if ((status === "shipped" || status === "delivered") && !isKnown)
      found.push(`${id} is ${status} at the warehouse, the order says ${shipment?.status}`);
    if (shipment?.lateReport && !wasStopped) found.push(`${id} left although the order says ${shipment.status}`);
    if (shipTo && !isDeepStrictEqual(shipTo, order.request?.shipTo)) found.push(`${id} goes to another address`);
    if (status === "accepted" && isClosed(order)) found.push(`${id} may still leave although the order is closed`);
  }
  for (const { id, status } of order.shipments)
    if ((status === "shipped" || status === "delivered") && !warehouse.shipments.has(id))
      found.push(`${id} is ${status} and the warehouse never had it`);
  return found;
}

/** What counts as sent was taken; a copy beyond the first follows a reply that was lost. */
function judgeEmails(order: Order, { email }: Providers): string[] {
  return order.emails.flatMap(({ kind, about, status, unknownSends }) => {
    const id = messageId(order.id, kind, about || null, EMAIL_DOMAIN);
    const copies = email.taken.get(id) ?? 0;
    if (email.hurried.has(id)) return [`the email ${kind} was sent with no time left for its answer`];
    const wasSeenTo = order.attentions.some(({ step }) => step.startsWith(`email/${kind}`));
    if (status === "queued") return [`the email ${kind} was never sent`];
    if (wasSeenTo) return [];
    if (status === "sent" && copies === 0) return [`the email ${kind} counts as sent and was not`];
    return copies > 1 + unknownSends ? [`the email ${kind} was sent ${copies} times`] : [];
  });
}
