export { purge, reconcile } from "./housekeeping.js";
export { placeOrder } from "./place-order.js";
export { refund } from "./refund.js";
export { settleOrder } from "./settle-order.js";
