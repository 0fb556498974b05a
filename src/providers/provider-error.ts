/**
 * A call that brought no fact.
 * - `unknown`: a timeout, reset, 5xx, or the same request still in progress; it may have taken effect.
 * - `limited`: refused for now, it did nothing.
 * - `refused`: refused for good, it did nothing.
 * - `unauthorized`: refused because of who asks (credential, account), not because of what was asked. It decides nothing
 *   about the operation and is repeated like an unknown outcome.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly kind: "unknown" | "limited" | "refused" | "unauthorized";
  /** The provider's own word for a refusal; never shown as our text. */
  readonly code: string;
  readonly retryAfterMs: number | null;

  constructor(kind: ProviderError["kind"], code: string, more: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(`${kind}: ${code}`, { cause: more.cause });
    this.kind = kind;
    this.code = code;
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}
