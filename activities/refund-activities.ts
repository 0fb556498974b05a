import { updateOrder } from "../src/database/update-order.js";
import { UNCHANGED } from "../src/domain/change.js";
import { isOpen, operationName } from "../src/domain/operation.js";
import { findOperation, findRefund } from "../src/domain/order.js";
import type { RefundSnapshot } from "../src/domain/order-snapshot.js";
import { applyStoredFacts } from "../src/domain/rules/apply-fact.js";
import { begin } from "../src/domain/rules/operate.js";
import { recordRefund, recordRefundRefusal } from "../src/domain/rules/refund-report.js";
import { isRefundDue, refundSnapshotOf } from "../src/domain/rules/snapshot.js";
import type { PaymentGateway } from "../src/providers/payment/payment-gateway.js";
import { earliestAttempt } from "./call-provider.js";
import { readOrder } from "./read-due-order.js";
import { createCaller, type OutcomeDeps } from "./record-outcome.js";

interface Deps extends OutcomeDeps {
  payments: PaymentGateway;
}

interface OfRefund {
  refundId: string;
  orderId: string;
}

/** Refunds cannot be undone, so they have no compensation. */
export function createRefundActivities(deps: Deps) {
  const { database, payments } = deps;
  const call = createCaller(deps);

  return {
    async refundPayment({ refundId, orderId }: OfRefund): Promise<RefundSnapshot> {
      const name = operationName.refund(refundId);
      const begun = await updateOrder(database, orderId, (order, now) =>
        isRefundDue(order, refundId) ? begin(order, name, now, findRefund(order, refundId)?.amount ?? null) : UNCHANGED,
      );
      const order = begun ?? (await readOrder(database, orderId));
      const refund = findRefund(order, refundId);
      const operation = findOperation(order, name);
      const { reference } = order.payment;
      if (!refund || !isOpen(operation) || refund.pending || reference === null)
        return refundSnapshotOf(order, refundId);
      const { amount } = refund;
      const { currency } = order;
      const since = new Date(earliestAttempt(order, operation, database.clock.now()));
      const request = { orderId, reference, currency, amount, refundId, key: operation.key };
      const refunded = await call(
        order,
        operation,
        {
          kind: "refund",
          send: (timeoutMs) => payments.refund(request, timeoutMs),
          lookUp: (timeoutMs) => payments.findRefund(reference, refundId, since, timeoutMs),
          contradicts: (report) =>
            report.amount !== amount || (report.refundId !== null && report.refundId !== refundId),
        },
        {
          ok: (current, report, now) => recordRefund(current, refundId, report, now),
          rejected: (current, reason, now) => recordRefundRefusal(current, refundId, reason, now),
        },
      );
      return refundSnapshotOf(refunded, refundId);
    },

    /** Applies what was reported of the order meanwhile, in its order, and answers how the refund is then. */
    async applyRefundUpdate({ refundId, orderId }: OfRefund): Promise<RefundSnapshot> {
      const order = await updateOrder(database, orderId, applyStoredFacts);
      if (!order) throw new Error("a refund that has a run is not in the database");
      return refundSnapshotOf(order, refundId);
    },
  };
}
