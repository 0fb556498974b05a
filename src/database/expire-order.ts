import { isToCome } from "../domain/shipment.js";
import { amountsOf } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { stepOf } from "./operations.js";

/** The buyer did not act in time. What the provider still holds is let go before the order ends. */
export async function expirePayment(order: OpenOrder): Promise<void> {
  if (order.row.status !== "awaiting_payment" || order.row.failure_code !== null) return;
  order.fail("payment_expired");
  order.tell("payment.expired", "system");
}

export async function expireApproval(order: OpenOrder): Promise<void> {
  if (order.row.status !== "awaiting_approval" || order.row.failure_code !== null) return;
  order.fail("approval_expired");
  order.tell("approval.expired", "system");
}

/** The provider is about to drop the authorization: an order of which nothing shipped is given up, by the way of a cancel. */
export async function expireAuthorization(order: OpenOrder): Promise<void> {
  if (!order.can("cancelling") || order.row.failure_code !== null) return;
  order.fail("authorization_expired");
  order.move("cancelling");
}

export async function raiseOverdue(order: OpenOrder, shipmentId: string): Promise<void> {
  const { captured, refunded } = await amountsOf(order.trx, order.id);
  await order.raise(stepOf.delivery(shipmentId), "delivery_overdue", captured - refunded);
}

/** Completes an order whose shipments all came to their end and were paid. */
export async function completeOrder(order: OpenOrder): Promise<void> {
  if (order.row.status !== "shipped") return;
  const shipments = await order.trx.selectFrom("shipments").select("status").where("order_id", "=", order.id).execute();
  const onTheirWay = shipments.some(({ status }) => status === "shipped" || isToCome(status));
  const unpaid = await order.trx
    .selectFrom("steps")
    .select("step")
    .where("order_id", "=", order.id)
    .where("step", "like", `${stepOf.capture("")}%`)
    .where("outcome", "is", null)
    .executeTakeFirst();
  if (onTheirWay || unpaid) return;
  order.move("completed");
  order.tell("order.completed", "system");
}
