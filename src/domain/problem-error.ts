/** Every reason for refusing a request: the slug of a problem page. The HTTP status of each is in src/api/problem.ts. */
export const ERROR_CODES = [
  "malformed-json",
  "idempotency-key-missing",
  "idempotency-key-invalid",
  "invalid-parameter",
  "unauthorized",
  "forbidden",
  "not-found",
  "method-not-allowed",
  "idempotency-key-reused",
  "order-not-cancellable",
  "refund-exceeds-captured",
  "not-awaiting-decision",
  "nothing-to-resolve",
  "stock-below-reserved",
  "webhook-endpoint-limit",
  "order-purged",
  "payload-too-large",
  "unsupported-media-type",
  "invalid-request",
  "rate-limited",
  "internal",
  "unavailable",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ValidationIssue {
  /** RFC 6901 pointer into the request body. */
  pointer: string;
  message: string;
}

interface Details {
  issues?: readonly ValidationIssue[];
  retryAfterSeconds?: number;
}

/** A request that is refused and changed nothing. */
export class ProblemError extends Error {
  override readonly name: string = "ProblemError";
  readonly code: ErrorCode;
  readonly issues: readonly ValidationIssue[];
  readonly retryAfterSeconds: number | null;

  constructor(code: ErrorCode, detail: string, { issues = [], retryAfterSeconds }: Details = {}) {
    super(detail);
    this.code = code;
    this.issues = issues;
    this.retryAfterSeconds = retryAfterSeconds ?? null;
  }
}
