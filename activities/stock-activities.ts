import type { Database } from "../src/database/database.js";
import { readAvailable } from "../src/database/queries/stock-levels.js";
import { updateOrder } from "../src/database/update-order.js";
import type { Availability } from "../src/domain/allocation.js";
import type { OrderSnapshot } from "../src/domain/order-snapshot.js";
import { reserve } from "../src/domain/rules/reserve.js";
import { snapshotOf } from "../src/domain/rules/snapshot.js";
import type { PaymentGateway } from "../src/providers/payment/payment-gateway.js";

interface Deps {
  database: Database;
  payments: Pick<PaymentGateway, "granularity">;
}

const NOTHING_FREE: Availability = new Map();

/** Stock is reserved here and released where an order ends without shipping (src/domain/rules/close.ts). */
export function createStockActivities({ database, payments }: Deps) {
  return {
    /** Binds the order to its run and reserves its stock; null when another run owns the order. */
    async reserveStock({ orderId, runId }: { orderId: string; runId: string }): Promise<OrderSnapshot | null> {
      const order = await updateOrder(
        database,
        orderId,
        (current, now, free: Availability) =>
          reserve(current, { runId, free, granularity: payments.granularity(current.currency) }, now),
        {
          async readFact(session, { tenant, request }) {
            const skus = [...new Set(request?.lines.map(({ sku }) => sku))];
            return skus.length === 0 ? NOTHING_FREE : readAvailable(session, tenant, skus);
          },
        },
      );
      if (!order) throw new Error("an order that has a run is not in the database");
      return order.runId === runId ? snapshotOf(order) : null;
    },
  };
}
