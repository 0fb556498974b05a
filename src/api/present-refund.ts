import type { RefundRow } from "../services/read-order.js";
import { refundWorkflowId } from "../idempotency/derived-ids.js";
import { orderPath } from "../domain/acknowledgement.js";
import type { AppDeps } from "./app-deps.js";

/** A refund as its reader sees it. */
export function presentRefund(refund: RefundRow, runUrl: AppDeps["runUrl"]) {
  const order = orderPath(refund.order_id);
  return {
    id: refund.id,
    orderId: refund.order_id,
    status: refund.status,
    amount: refund.amount,
    currency: refund.currency,
    reason: refund.reason,
    reference: refund.provider_reference,
    createdAt: refund.created_at.toISOString(),
    updatedAt: refund.updated_at.toISOString(),
    links: { self: `${order}/refunds/${refund.id}`, order, run: runUrl(refundWorkflowId(refund.id)) },
  };
}
