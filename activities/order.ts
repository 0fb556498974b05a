import { applyCommand } from "../src/book/apply-command.js";
import { applyEvent } from "../src/book/apply-event.js";
import { finishCancel, reject } from "../src/book/end-order.js";
import { amountsOf } from "../src/book/ledger.js";
import { completeOrder, expireApproval, expireAuthorization, expirePayment, raiseOverdue } from "../src/book/expire-order.js";
import type { OrderBook } from "../src/book/order-book.js";
import type { OrderFacts } from "../src/order/order-facts.js";

interface OfOrder {
  orderId: string;
}

/** The order itself: what its run writes into the book without asking anybody outside. */
export function createOrderActivities({ book }: { book: OrderBook }) {
  return {
    /** Applies news that somebody left in the book: a command or a provider's event. */
    applyNotice: ({ orderId, kind, id }: OfOrder & { kind: string; id: string }): Promise<OrderFacts> =>
      book.changeForRun(orderId, (order) => (kind === "event" ? applyEvent(order, id) : applyCommand(order, id))),

    expirePayment: ({ orderId }: OfOrder): Promise<OrderFacts> => book.changeForRun(orderId, expirePayment),

    expireApproval: ({ orderId }: OfOrder): Promise<OrderFacts> => book.changeForRun(orderId, expireApproval),

    expireAuthorization: ({ orderId }: OfOrder): Promise<OrderFacts> => book.changeForRun(orderId, expireAuthorization),

    raiseOverdue: ({ orderId, shipmentId }: OfOrder & { shipmentId: string }): Promise<OrderFacts> =>
      book.changeForRun(orderId, (order) => raiseOverdue(order, shipmentId)),

    /** Ends an order whose failure is known, once no money is held for it. */
    rejectOrder: ({ orderId }: OfOrder): Promise<OrderFacts> =>
      book.changeForRun(orderId, async (order) => {
        const { failure_code: failure } = order.row;
        const { held } = await amountsOf(order.trx, order.id);
        if (failure !== null && held === 0 && order.can("rejected")) await reject(order, failure);
      }),

    finishCancel: ({ orderId }: OfOrder): Promise<OrderFacts> => book.changeForRun(orderId, finishCancel),

    completeOrder: ({ orderId }: OfOrder): Promise<OrderFacts> => book.changeForRun(orderId, completeOrder),
  };
}
