import {
  beginAttentionBatchRoute,
  listBatchItemsRoute,
  pauseAttentionBatchRoute,
  readAttentionBatchRoute,
  resumeAttentionBatchRoute,
} from "./attention-batch-routes.js";
import {
  cancelOrderRoute,
  changeAddressRoute,
  decideOrderRoute,
  refreshOrderRoute,
  resolveOrderRoute,
} from "./command-order.js";
import { readExecutionRoute } from "./execution-route.js";
import { exportEventsRoute, exportLedgerRoute, exportOrdersRoute } from "./export-routes.js";
import { listAttentionsRoute, listOrdersRoute } from "./lists.js";
import { readOrderRoute } from "./order-routes.js";
import { placeOrderRoute } from "./place-order-route.js";
import { readEventsRoute } from "./read-events.js";
import { readFeedRoute } from "./feed-route.js";
import { readHealthRoute } from "./health-route.js";
import { readReconciliationRoute } from "./reconciliation-routes.js";
import { refundOrderRoute } from "./refund-order-route.js";
import { listRefundsRoute, readRefundRoute } from "./refund-routes.js";
import type { Route } from "./route.js";
import { listMovementsRoute, listStockRoute, moveStockRoute, readStockRoute, setStockRoute } from "./stock.js";
import {
  createWebhookEndpointRoute,
  deleteWebhookEndpointRoute,
  enableWebhookEndpointRoute,
  listWebhookDeliveriesRoute,
  listWebhookEndpointsRoute,
  pingWebhookEndpointRoute,
  readWebhookEndpointRoute,
  redeliverWebhookRoute,
  redeliverWebhooksRoute,
  rotateWebhookSecretRoute,
} from "./webhook-endpoint-routes.js";

export const ROUTES: readonly Route[] = [
  placeOrderRoute,
  listOrdersRoute,
  readOrderRoute,
  readEventsRoute,
  readExecutionRoute,
  readFeedRoute,
  beginAttentionBatchRoute,
  readAttentionBatchRoute,
  listBatchItemsRoute,
  pauseAttentionBatchRoute,
  resumeAttentionBatchRoute,
  cancelOrderRoute,
  decideOrderRoute,
  changeAddressRoute,
  refreshOrderRoute,
  refundOrderRoute,
  listRefundsRoute,
  readRefundRoute,
  resolveOrderRoute,
  listAttentionsRoute,
  setStockRoute,
  readStockRoute,
  listStockRoute,
  moveStockRoute,
  listMovementsRoute,
  exportOrdersRoute,
  exportEventsRoute,
  exportLedgerRoute,
  readReconciliationRoute,
  readHealthRoute,
  createWebhookEndpointRoute,
  listWebhookEndpointsRoute,
  readWebhookEndpointRoute,
  deleteWebhookEndpointRoute,
  pingWebhookEndpointRoute,
  rotateWebhookSecretRoute,
  enableWebhookEndpointRoute,
  listWebhookDeliveriesRoute,
  redeliverWebhookRoute,
  redeliverWebhooksRoute,
];
