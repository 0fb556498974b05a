import type { Caller } from "../services/keyed-request.js";
import type { RefusalCode } from "../domain/problem-error.js";

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
