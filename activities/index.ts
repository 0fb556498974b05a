import type { OrderBook } from "../src/book/order-book.js";
import type { MailGateway } from "../src/gateways/mail/mail-gateway.js";
import type { PaymentGateway } from "../src/gateways/payment/payment-gateway.js";
import type { WarehouseGateway } from "../src/gateways/warehouse/warehouse-gateway.js";
import { createMailActivities } from "./mail.js";
import { createOrderActivities } from "./order.js";
import { createPaymentActivities } from "./payment.js";
import { createRefundActivities } from "./refund.js";
import { createStockActivities } from "./stock.js";
import { createWarehouseActivities } from "./warehouse.js";

export interface ActivityDeps {
  book: OrderBook;
  payments: PaymentGateway;
  warehouse: WarehouseGateway;
  mail: MailGateway;
  mailDomain: string;
  returnUrl: string;
}

export function createActivities(deps: ActivityDeps) {
  return {
    ...createStockActivities(deps),
    ...createPaymentActivities(deps),
    ...createWarehouseActivities(deps),
    ...createMailActivities(deps),
    ...createRefundActivities(deps),
    ...createOrderActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
