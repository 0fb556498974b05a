export { type Action, type ActionStore, memoryStore, webStore } from "./action-store.js";
export {
  type Accepted,
  type Acknowledgement,
  type ActionOptions,
  type ClientOptions,
  IdemClient,
  isFinal,
  type Order,
  type OrderFilter,
  type OrderRequest,
  type TimelineEvent,
} from "./idem-client.js";
export { type ErrorCode, IdemError, type Problem } from "./idem-error.js";
export type { ServiceOptions } from "./send-request.js";
export { verifyWebhook } from "./verify-webhook.js";
