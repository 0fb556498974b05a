import type { OrderBook } from "../src/database/order-book.js";
import { findMail } from "../src/database/emails.js";
import { findRefund, recordRefund, recordRefundRefusal, type RefundRow } from "../src/database/refunds.js";
import { findOrder } from "../src/database/orders.js";
import { beginStep, findStep, stepOf } from "../src/database/operations.js";
import type { PaymentGateway } from "../src/providers/payment/payment-gateway.js";
import type { RefundFacts } from "../src/domain/refund-snapshot.js";
import { STATUSES } from "../src/domain/status.js";
import { askProvider } from "./call-provider.js";
import { answering } from "./record-outcome.js";

interface OfRefund {
  refundId: string;
}

/** Giving captured money back. It cannot be undone, so it has no other side. */
export function createRefundActivities({ book, payments }: { book: OrderBook; payments: PaymentGateway }) {
  const { db } = book;
  const { record } = answering(book);

  const find = async (refundId: string): Promise<RefundRow> => {
    const refund = await findRefund(db, refundId);
    if (!refund) throw new Error("a refund that has a run is not in the book");
    return refund;
  };

  const facts = async (refundId: string): Promise<RefundFacts> => {
    const refund = await find(refundId);
    const mail = await findMail(db, refund.order_id, { kind: "refunded", about: refundId });
    return { revision: refund.updated_at.getTime(), status: refund.status, mailDue: mail?.status === "queued" };
  };

  return {
    async refund({ refundId }: OfRefund): Promise<RefundFacts> {
      const refund = await find(refundId);
      const row = await findOrder(db, refund.order_id);
      const reference = row.payment_reference;
      if (reference === null) throw new Error("a refund of an order without a payment");
      const step = await beginStep(db, row.id, stepOf.refund(refundId), { amount: refund.amount }, STATUSES);
      if (!step || step.outcome) return facts(refundId);
      const { amount, currency } = refund;
      await record(row.id, step, {
        cause: "outcome_unknown",
        answer: askProvider(step, row.policy.lookupAfterMs, {
          creates: true,
          ask: (timeoutMs) =>
            payments.refund({ orderId: row.id, reference, currency, amount, refundId, key: step.key }, timeoutMs),
          lookUp: (timeoutMs) => payments.findRefund(reference, refundId, step.first_attempt_at, timeoutMs),
        }),
        fact: (order, news) => recordRefund(order, refund, news),
        refused: (order, reason) => recordRefundRefusal(order, refund, reason),
      });
      return facts(refundId);
    },

    /** Asks how a refund stands that the provider left pending. */
    async trackRefund({ refundId }: OfRefund): Promise<RefundFacts> {
      const refund = await find(refundId);
      const { id: orderId, payment_reference: reference } = await findOrder(db, refund.order_id);
      const step = await findStep(db, orderId, stepOf.refund(refundId));
      if (!step || reference === null) return facts(refundId);
      const news = await payments.findRefund(reference, refundId, step.first_attempt_at, 5_000);
      if (news) await book.change(orderId, (order) => recordRefund(order, refund, news));
      return facts(refundId);
    },

    refundFacts: ({ refundId }: OfRefund): Promise<RefundFacts> => facts(refundId),
  };
}
