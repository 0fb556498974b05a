import type { Caller } from "../orders/intention.js";
import type { RefusalCode } from "../order/refusal.js";

/** What the middleware sets for the handlers. */
export interface Variables {
  requestId: string;
  /** Set behind `authenticate`. */
  caller: Caller;
  /** The slug of the problem that was answered. */
  problem?: RefusalCode;
  /** The order a request is about, for its log line. */
  orderId?: string;
  replayed?: boolean;
}

export interface HttpEnv {
  Variables: Variables;
}
