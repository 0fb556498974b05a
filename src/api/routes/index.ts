import { cancelOrderRoute, decideOrderRoute, resolveOrderRoute } from "./command-order.js";
import { listOrdersRoute } from "./list-orders.js";
import { placeOrderRoute } from "./place-order.js";
import { readEventsRoute } from "./read-events.js";
import { readOrderRoute } from "./read-order.js";
import { listRefundsRoute, readRefundRoute } from "./read-refunds.js";
import { readReconciliationRoute } from "./read-reconciliation.js";
import { refundOrderRoute } from "./refund-order.js";
import type { Route } from "./route.js";
import { readStockRoute, setStockRoute } from "./stock.js";

export const ROUTES: readonly Route[] = [
  placeOrderRoute,
  listOrdersRoute,
  readOrderRoute,
  readEventsRoute,
  cancelOrderRoute,
  decideOrderRoute,
  refundOrderRoute,
  listRefundsRoute,
  readRefundRoute,
  resolveOrderRoute,
  setStockRoute,
  readStockRoute,
  readReconciliationRoute,
];
