import { Refusal } from "../domain/problem-error.js";
import { isCancellable } from "../domain/status.js";
import type { Command } from "./command-order.js";

export interface CancelRequest {
  reason?: string;
}

/** Cancel moves the order at once, so that it counts with Temporal away; its run does the undoing (E7). */
export const cancelOrder: Command<CancelRequest> = {
  operation: "cancel-order",
  async carryOut(order) {
    const { status } = order.row;
    if (status === "cancelling" || status === "cancelled" || status === "rejected") return;
    const shipped = await order.trx
      .selectFrom("shipments")
      .select("id")
      .where("order_id", "=", order.id)
      .where("status", "in", ["shipped", "delivered"])
      .executeTakeFirst();
    if (!isCancellable(status) || shipped) {
      throw new Refusal("order-not-cancellable", "A shipment of this order has left; what comes back is a refund.");
    }
    order.move("cancelling");
    order.tell("cancel.requested", "merchant");
  },
};
