import type { OrderBook } from "../src/database/order-book.js";
import type { MailGateway } from "../src/providers/email/email-gateway.js";
import type { PaymentGateway } from "../src/providers/payment/payment-gateway.js";
import type { Runs } from "../src/domain/run-state.js";
import type { WarehouseGateway } from "../src/providers/warehouse/warehouse-gateway.js";
import { createAdvanceActivities } from "./advance.js";
import { createMailActivities } from "./email.js";
import { createOrderActivities } from "./order.js";
import { createPaymentActivities } from "./payment.js";
import { createPurgeActivities } from "./purge.js";
import { createReconcileActivities } from "./reconcile.js";
import { createRefundActivities } from "./refund.js";
import { createStockActivities } from "./stock.js";
import { createWarehouseActivities } from "./warehouse.js";

export interface ActivityDeps {
  book: OrderBook;
  payments: PaymentGateway;
  warehouse: WarehouseGateway;
  mail: MailGateway;
  runs: Runs;
  mailDomain: string;
  returnUrl: string;
  /** Days an order is kept after it closed; null keeps it for ever. */
  retentionDays: number | null;
}

export function createActivities(deps: ActivityDeps) {
  return {
    ...createAdvanceActivities(deps),
    ...createStockActivities(deps),
    ...createPaymentActivities(deps),
    ...createWarehouseActivities(deps),
    ...createMailActivities(deps),
    ...createRefundActivities(deps),
    ...createOrderActivities(deps),
    ...createReconcileActivities(deps),
    ...createPurgeActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
