import { matchesRequest, type Payment } from "../domain/payment.js";
import type { WarehouseShipment } from "../domain/shipment.js";
import type { Actor, TimelineData } from "../domain/timeline.js";
import { amountsOf } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { findEvent, type ProviderFact, takeEvent } from "./provider-events.js";
import { recordPayment } from "./record-payment.js";
import { recordShipment } from "./record-shipment.js";
import { findRefund, recordRefund, tellRefundRun } from "./refunds.js";
import { findStep, stepOf } from "./operations.js";

/** Applies a stored event to its order, once. */
export async function applyEvent(order: OpenOrder, noticeId: string): Promise<void> {
  const event = await findEvent(order.trx, noticeId);
  if (!event || event.order_id !== order.id || !(await takeEvent(order.trx, event))) return;
  const fact = event.fact as ProviderFact;
  switch (fact.about) {
    case "shipment":
      return applyShipment(order, fact.shipment, event.type);
    case "payment":
      return applyPayment(order, fact.payment, event.type);
    case "refund":
      return applyRefund(order, fact.refund);
    case "nothing":
      return;
  }
}

async function applyShipment(order: OpenOrder, news: WarehouseShipment, event: string): Promise<void> {
  if (!(await recordShipment(order, news))) await raiseMismatch(order, "warehouse", { event });
}

async function applyPayment(order: OpenOrder, payment: Payment, type: string): Promise<void> {
  const asked = { orderId: order.id, amount: order.row.total, currency: order.row.currency };
  const foreign = order.row.payment_reference !== null && order.row.payment_reference !== payment.reference;
  if (!foreign && matchesRequest(payment, asked)) {
    await recordPayment(order, payment);
    if (payment.state !== "processing") await order.calm(stepOf.authorize); // nobody need be called for what is known
    return;
  }
  const authorization = await findStep(order.trx, order.id, stepOf.authorize);
  const known = authorization?.outcome?.result;
  if (!foreign && (known === "mismatch" || known === "skipped")) return; // told before, by the provider's own answer
  await raiseMismatch(order, "payment-provider", { event: type, amount: payment.amount, currency: payment.currency });
}

/** A genuine event that contradicts the book: it moves nothing and calls a person. */
async function raiseMismatch(order: OpenOrder, actor: Actor, data: TimelineData): Promise<void> {
  order.tell("event.mismatch", actor, data);
  const { held, captured, refunded } = await amountsOf(order.trx, order.id);
  await order.raise("event", "event_mismatch", held + captured - refunded);
}

async function applyRefund(order: OpenOrder, news: Parameters<typeof recordRefund>[2]): Promise<void> {
  if (news.refundId === null) return;
  const refund = await findRefund(order.trx, news.refundId);
  if (!refund || refund.order_id !== order.id) return;
  if (refund.amount !== news.amount) {
    return raiseMismatch(order, "payment-provider", {
      event: "refund",
      amount: news.amount,
      currency: order.row.currency,
    });
  }
  await recordRefund(order, refund, news);
  if (news.state === "succeeded") await order.calm(stepOf.refund(refund.id));
  await tellRefundRun(order, refund.id, news.state);
}
