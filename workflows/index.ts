export { purge, reconcile } from "./housekeeping.js";
export { placeOrder } from "./order-workflow.js";
export { refund } from "./refund-workflow.js";
export { takeOverOrder } from "./take-over-order.js";
