import type { FailureCode } from "../domain/failure.js";
import { amountsOf, post, RELEASE } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { decideStep, stepOf } from "./operations.js";
import { releaseStock } from "./stock.js";

/** Ends an order that holds no money any more as rejected, its stock back in the same transaction. */
export async function reject(order: OpenOrder, code: FailureCode): Promise<void> {
  const buyerKnows = order.row.status !== "accepted";
  await takeBackAll(order);
  order.fail(code);
  order.set({ payment_action_url: null, deadline: null });
  order.move("rejected");
  order.tell("order.rejected", "system", { reason: code });
  if (buyerKnows) order.mail("rejected");
}

/** Ends a cancel that has won. */
export async function finishCancel(order: OpenOrder): Promise<void> {
  if (order.row.status !== "cancelling") return;
  await takeBackAll(order);
  order.set({ payment_action_url: null, deadline: null });
  order.move("cancelled");
  order.tell("order.cancelled", "system");
  order.mail("cancelled");
}

/** Stock goes back, a payment that was never asked for is none, and what was never handed to the warehouse never will be. */
async function takeBackAll(order: OpenOrder): Promise<void> {
  if (order.row.payment_status === "pending" && order.row.payment_reference === null)
    order.set({ payment_status: "none" });
  if (await releaseStock(order.trx, { orderId: order.id })) order.tell("stock.released", "system");
  await order.trx
    .updateTable("shipments")
    .set({ status: "recalled" })
    .where("order_id", "=", order.id)
    .where("status", "=", "pending")
    .execute();
}

/** What is held goes back to the buyer, and one who has yet to act is not waited for any more. */
export async function recordVoid(order: OpenOrder, step: string, held: number): Promise<void> {
  const released = await post(order, step, RELEASE, held);
  const wasAsked = order.row.payment_status === "pending";
  if (!released && !wasAsked) return;
  if (released) order.tell("payment.voided", "payment-provider", { amount: held });
  if (wasAsked) {
    const reference = order.row.payment_reference;
    await decideStep(order.trx, order.id, stepOf.authorize, { result: "declined", reference });
  }
  const { captured } = await amountsOf(order.trx, order.id);
  if (captured === 0) order.set({ payment_status: "voided", payment_action_url: null });
}
