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
  "reference-in-use",
  "order-not-cancellable",
  "address-fixed",
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

/** How much of something may be used, as its policy says. */
export interface RateLimit {
  policy: "tenant" | "address" | "streams";
  quota: number;
  /** The time that the quota is for; null where it is of what is open at once. */
  windowSeconds: number | null;
}

interface Details {
  issues?: readonly ValidationIssue[];
  retryAfterSeconds?: number;
  /** The limit that was reached. */
  limit?: RateLimit;
  /** The path of the order that stands in the way. */
  order?: string;
}

/** A request that is refused and changed nothing. */
export class ProblemError extends Error {
  override readonly name: string = "ProblemError";
  readonly code: ErrorCode;
  readonly issues: readonly ValidationIssue[];
  readonly retryAfterSeconds: number | null;
  readonly limit: RateLimit | null;
  readonly order: string | null;

  constructor(code: ErrorCode, detail: string, { issues = [], retryAfterSeconds, limit, order }: Details = {}) {
    super(detail);
    this.code = code;
    this.issues = issues;
    this.retryAfterSeconds = retryAfterSeconds ?? null;
    this.limit = limit ?? null;
    this.order = order ?? null;
  }
}

/** For what goes on without an order database that does not answer; throws any other error. */
export function nullIfUnavailable(error: unknown): null {
  if (error instanceof ProblemError && error.code === "unavailable") return null;
  throw error;
}
