import type { OrderBook } from "../database/order-book.js";
import { findRefund, insertRefund, refundable, type RefundRow } from "../database/refunds.js";
import { type Acknowledgement, acknowledgeRefund } from "../domain/acknowledgement.js";
import { Refusal } from "../domain/problem-error.js";
import { checkParent } from "./command-order.js";
import { type Intention, reused, unknownOrder } from "./keyed-request.js";

export interface RefundRequest {
  /** Minor units; all that is left when absent. */
  amount?: number;
  reason?: string;
}

export interface AcceptedRefund {
  refundId: string;
  acknowledgement: Acknowledgement;
  replayed: boolean;
}

/** Accepts a refund, once for each key, never above what was captured: cap and claim under the order's lock. */
export async function refundOrder(
  { book }: { book: OrderBook },
  orderId: string,
  intention: Intention<RefundRequest>,
): Promise<AcceptedRefund> {
  const result = await book.change(orderId, async (order) => {
    checkParent(order, intention.tenant);
    const standing = await findRefund(order.trx, intention.id);
    if (standing) {
      const { fingerprint: digest, fingerprint_version: version } = standing;
      if (digest === null || version === null || !intention.matches({ version, digest })) throw reused();
      return { refund: standing, replayed: true };
    }
    const { amount, reason } = intention.validate();
    const left = await refundable(order);
    const wanted = amount ?? left;
    if (wanted <= 0 || wanted > left) {
      throw new Refusal("refund-exceeds-captured", "No more can be refunded than was captured and not yet given back.");
    }
    const refund = await insertRefund(order, {
      id: intention.id,
      amount: wanted,
      reason: reason ?? null,
      fingerprint: intention.fingerprint,
    });
    if (!refund) throw new Error("a refund's id was taken under its order's lock");
    order.tell("refund.requested", intention.actor, { refund: refund.id, amount: wanted });
    return { refund, replayed: false };
  });
  if (!result) throw unknownOrder();
  if (!result.replayed) book.bell.ring("idem_outbox");
  return { refundId: result.refund.id, acknowledgement: acknowledge(result.refund), replayed: result.replayed };
}

function acknowledge(refund: RefundRow): Acknowledgement {
  const { id, order_id: orderId, amount, currency, created_at: createdAt } = refund;
  return acknowledgeRefund({ id, orderId, amount, currency, createdAt });
}
