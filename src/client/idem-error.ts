import type { components } from "./api-types.js";

export type Problem = components["schemas"]["Problem"];

/**
 * A problem of the service, or one of the client's own: `no-answer` when no attempt brought an answer of the service,
 * `action-changed` when an action is repeated with other content, `never-so` when what is waited for cannot come, `webhook-invalid` for a webhook that is not authentic.
 */
export type ErrorCode = Problem["code"] | "no-answer" | "action-changed" | "never-so" | "webhook-invalid";

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(["rate-limited", "unavailable", "internal", "no-answer"]);

export class IdemError extends Error {
  override readonly name = "IdemError";
  readonly code: ErrorCode;
  /** The HTTP status; null without a response. */
  readonly status: number | null;
  /** The problem document, with the request id and, for `invalid-request`, each fault; null for the client's own codes. */
  readonly problem: Problem | null;

  constructor(code: ErrorCode, message: string, more: { status?: number; problem?: Problem; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.code = code;
    this.status = more.status ?? null;
    this.problem = more.problem ?? null;
  }

  /** Whether the same call may succeed later, under the same key. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}
