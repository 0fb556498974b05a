import type { ErrorCode } from "../domain/problem-error.js";
import type { Credential, Principal } from "../services/keyed-request.js";

/** What the middleware sets for the handlers. */
interface Variables {
  requestId: string;
  /** Set by `authenticate`. */
  credential: Credential;
  /** Set by `admit`. */
  principal: Principal;
  /** Whether the credential still holds; set by `authenticate`. */
  isStillAllowed(): Promise<boolean>;
  /** The slug of the problem that was answered. */
  problem?: ErrorCode;
  /** The order a request is about, for its log line. */
  orderId?: string;
  replayed?: boolean;
}

export interface HttpEnv {
  Variables: Variables;
}
