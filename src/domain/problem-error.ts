/** Every way a request is refused: the slug of a problem page. The HTTP status of each is in src/http/problem.ts. */
export const REFUSAL_CODES = [
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
  "order-purged",
  "payload-too-large",
  "unsupported-media-type",
  "invalid-request",
  "rate-limited",
  "internal",
  "unavailable",
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

export interface Fault {
  /** RFC 6901 pointer into the request body. */
  pointer: string;
  message: string;
}

/** A request that is refused and changed nothing. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly faults: readonly Fault[];
  readonly retryAfterSeconds: number | null;

  constructor(code: RefusalCode, detail: string, more: { faults?: readonly Fault[]; retryAfterSeconds?: number } = {}) {
    super(detail);
    this.code = code;
    this.faults = more.faults ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }
}
