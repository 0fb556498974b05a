import type { OrderView } from "../database/order-view.js";
import { readBody } from "../database/order-body.js";
import { orderWorkflowId } from "../idempotency/derived-ids.js";
import { orderPath } from "../domain/acknowledgement.js";
import { ACTIONS } from "../domain/attention.js";
import { shownStatus } from "../domain/status.js";
import type { AppDeps } from "./app-deps.js";

/** An order as its reader sees it (contract, section 2). */
export function presentOrder(order: OrderView, runUrl: AppDeps["runUrl"]) {
  const body = readBody(order);
  const self = orderPath(order.id);
  return {
    id: order.id,
    status: shownStatus(order.status, order.attention !== null),
    reference: body.reference ?? null,
    currency: order.currency,
    customer: body.customer,
    shipTo: body.shipTo,
    lines: body.lines,
    ...(body.adjustments !== undefined && { adjustments: body.adjustments }),
    amounts: {
      total: order.total,
      authorized: order.amounts.authorized,
      captured: order.amounts.captured,
      refunded: order.amounts.refunded,
    },
    payment: presentPayment(order),
    shipments: order.shipments.map(({ id, status, lines, carrier, trackingNumber }) => ({
      id,
      status,
      lines,
      carrier,
      trackingNumber,
    })),
    failure: order.failure_code === null ? null : { code: order.failure_code },
    attention: presentAttention(order),
    metadata: body.metadata ?? null,
    createdAt: order.created_at.toISOString(),
    updatedAt: order.updated_at.toISOString(),
    links: { self, events: `${self}/events`, run: runUrl(orderWorkflowId(order.id)) },
  };
}

function presentPayment(order: OrderView) {
  const url = order.status === "awaiting_payment" ? order.payment_action_url : null;
  return {
    status: order.payment_status,
    reference: order.payment_reference,
    ...(url !== null && { nextAction: { type: "redirect", url } }),
  };
}

function presentAttention({ attention, currency }: OrderView) {
  if (attention === null) return null;
  const { step, cause, amount, since } = attention;
  return {
    step,
    cause,
    since: new Date(since).toISOString(),
    atStake: { amount, currency },
    actions: ACTIONS[cause],
  };
}
