import { ACTIONS } from "../domain/attention.js";
import { orderPath } from "../domain/acknowledgement.js";
import { balances, openAttentions, statusShown } from "../domain/order.js";
import { shownPaymentStatus } from "../domain/payment.js";
import type { Shipment } from "../domain/shipment.js";
import { isFinal } from "../domain/status.js";
import { orderWorkflowId } from "../idempotency/derived-ids.js";
import type { ListedOrder, OpenAttention, ShownOrder } from "../services/read-lists.js";
import type { AppDeps } from "./app-deps.js";
import { presentTime } from "./present-time.js";

/** An order as its reader sees it (contract, section 2). */
export function presentOrder({ order, isRequested, ...times }: ListedOrder, runUrl: AppDeps["runUrl"]) {
  const { request, currency, total } = order;
  if (!request) throw new Error("an order that was not purged cannot be read");
  const { authorized, captured, refunded } = balances(order);
  const self = orderPath(order.id);
  return {
    id: order.id,
    status: statusShown(order),
    reference: request.reference ?? null,
    currency,
    customer: request.customer,
    shipTo: request.shipTo,
    lines: request.lines,
    ...(request.adjustments !== undefined && { adjustments: request.adjustments }),
    amounts: { total, authorized, captured, refunded },
    payment: presentPayment(order, { captured, refunded }),
    // What ended before the warehouse was asked for anything has no shipments to show: they were plans.
    shipments: isRequested || !isFinal(order.status) ? order.shipments.map(presentShipment) : [],
    failure: order.failure,
    attention: presentAttention(order),
    metadata: request.metadata ?? null,
    createdAt: times.createdAt.toISOString(),
    updatedAt: times.updatedAt.toISOString(),
    links: { self, events: `${self}/events`, run: runUrl(orderWorkflowId(order.id)) },
  };
}

function presentShipment({ id, status, lines, carrier, trackingNumber, trackingUrl, ...times }: Shipment) {
  return {
    ...{ id, status, lines, carrier, trackingNumber, trackingUrl },
    requestedAt: presentTime(times.requestedAt),
    shippedAt: presentTime(times.shippedAt),
    deliveredAt: presentTime(times.deliveredAt),
  };
}

function presentPayment({ payment, status }: ShownOrder, amounts: { captured: number; refunded: number }) {
  const url = status === "awaiting_payment" ? payment.actionUrl : null;
  return {
    status: shownPaymentStatus(payment.status, amounts),
    reference: payment.reference,
    ...(url !== null && { nextAction: { type: "redirect" as const, url } }),
  };
}

/** The oldest open attention. */
function presentAttention(order: ShownOrder) {
  const [attention] = openAttentions(order);
  if (!attention) return null;
  const { id, step, cause, since, amount, resolution } = attention;
  return attentionMembers({ id, step, cause, since: new Date(since), amount, currency: order.currency, resolution });
}

export function presentOpenAttention({ orderId, ...attention }: OpenAttention) {
  const { id, ...members } = attentionMembers(attention);
  return { id, orderId, ...members };
}

function attentionMembers({ id, step, cause, since, amount, currency, resolution }: Omit<OpenAttention, "orderId">) {
  return {
    ...{ id, step, cause, since: since.toISOString(), amount, currency },
    actions: [...ACTIONS[cause]],
    resolution: resolution && { ...resolution, at: new Date(resolution.at).toISOString() },
  };
}
