import { adoptOrder } from "../src/database/adopt-order.js";
import { applyCommand } from "../src/database/apply-command.js";
import { applyEvent } from "../src/database/apply-event.js";
import { finishCancel, reject } from "../src/database/end-order.js";
import { amountsOf } from "../src/database/ledger.js";
import {
  completeOrder,
  expireApproval,
  expireAuthorization,
  expirePayment,
  raiseOverdue,
} from "../src/database/expire-order.js";
import { findStep, stepOf } from "../src/database/operations.js";
import type { OrderBook } from "../src/database/order-book.js";
import type { OrderFacts } from "../src/domain/order-snapshot.js";
import type { Runs } from "../src/domain/run-state.js";

interface OfOrder {
  orderId: string;
}

/** The order itself: what its run writes into the book without asking anybody outside. */
export function createOrderActivities({ book, runs }: { book: OrderBook; runs: Runs }) {
  return {
    /** Makes the asking run the order's own where that one is no more; null where it still is. */
    async adopt({ orderId, runId }: OfOrder & { runId: string }): Promise<OrderFacts | null> {
      const state = await runs.ofOrder(orderId);
      let mine = false;
      const facts = await book.changeForRun(orderId, async (order) => {
        mine = await adoptOrder(order, state, runId);
      });
      return mine ? facts : null;
    },

    /** Applies news that somebody left in the book: a command or a provider's event. */
    applyNotice: ({ orderId, kind, id }: OfOrder & { kind: string; id: string }): Promise<OrderFacts> =>
      book.changeForRun(orderId, async (order) => {
        if (kind === "event") await applyEvent(order, id);
        if (kind === "command") await applyCommand(order, id);
      }),

    expirePayment: ({ orderId }: OfOrder): Promise<OrderFacts> => book.changeForRun(orderId, expirePayment),

    expireApproval: ({ orderId }: OfOrder): Promise<OrderFacts> => book.changeForRun(orderId, expireApproval),

    expireAuthorization: ({ orderId }: OfOrder): Promise<OrderFacts> => book.changeForRun(orderId, expireAuthorization),

    raiseOverdue: ({ orderId, shipmentId }: OfOrder & { shipmentId: string }): Promise<OrderFacts> =>
      book.changeForRun(orderId, (order) => raiseOverdue(order, shipmentId)),

    /** Ends an order whose failure is known, once no money is held for it. */
    rejectOrder: ({ orderId }: OfOrder): Promise<OrderFacts> =>
      book.changeForRun(orderId, async (order) => {
        const { failure_code: failure } = order.row;
        if (failure === null || !order.can("rejected")) return;
        const { held } = await amountsOf(order.trx, order.id);
        const leftByPerson = (await findStep(order.trx, order.id, stepOf.void))?.outcome?.result === "skipped";
        if (held === 0 || leftByPerson) await reject(order, failure);
      }),

    finishCancel: ({ orderId }: OfOrder): Promise<OrderFacts> => book.changeForRun(orderId, finishCancel),

    completeOrder: ({ orderId }: OfOrder): Promise<OrderFacts> => book.changeForRun(orderId, completeOrder),
  };
}
