import type { OpenOrder } from "./open-order.js";

/** The payment is settled: on to an operator where the policy asks for one, else confirmed. */
export function confirmOrAskApproval(order: OpenOrder): void {
  const { approvalThreshold, approvalTimeoutMs } = order.row.policy;
  order.set({ payment_action_url: null, deadline: null });
  if (approvalThreshold === null || order.row.total < approvalThreshold) return confirm(order);
  order.move("awaiting_approval");
  order.set({ deadline: new Date(Date.now() + approvalTimeoutMs) });
  order.tell("approval.requested", "system", { total: order.row.total, threshold: approvalThreshold });
}

export function confirm(order: OpenOrder): void {
  order.move("confirmed");
  order.set({ deadline: null });
  order.tell("order.confirmed", "system");
  order.mail("confirmation");
}
