export { purge, reconcile } from "./housekeeping.js";
export { placeOrder } from "./place-order.js";
export { refund } from "./refund.js";
export { takeOverOrder } from "./take-over-order.js";
