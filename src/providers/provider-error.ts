import type { ProviderReason } from "../domain/operation.js";

/**
 * A call that brought no fact.
 * - `unknown`: a timeout, reset, 5xx, or the same request still in progress; it may have taken effect.
 * - `limited`: refused for now, it did nothing.
 * - `rejected`: refused for good, it did nothing.
 * - `unauthorized`: refused because of who asks (credential, account), not because of what was asked. It decides nothing
 *   about the operation and is repeated like an unknown outcome.
 * - `contradiction`: an answer that does not belong to the request; an operator is needed.
 */
export type ProviderErrorKind = "unknown" | "limited" | "rejected" | "unauthorized" | "contradiction";

export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly kind: ProviderErrorKind;
  readonly reason: ProviderReason;
  readonly retryAfterMs: number | null;

  constructor(
    kind: ProviderErrorKind,
    code: string,
    more: { reason?: Partial<ProviderReason>; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(`${kind}: ${code}`, { cause: more.cause });
    this.kind = kind;
    this.reason = providerReason(code, more.reason);
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}

const MAX_CODE = 100;
const MAX_MESSAGE = 300;

/** What a provider said, cut to what is stored; control characters are replaced. */
export function providerReason(code: string, more: Partial<ProviderReason> = {}): ProviderReason {
  const cut = (text: string | null | undefined, length: number) =>
    text
      ? text
          .toWellFormed()
          .replace(/\p{Cc}/gu, " ")
          .slice(0, length)
          .toWellFormed()
      : null;
  return {
    code: cut(code, MAX_CODE) ?? "unknown",
    declineCode: cut(more.declineCode, MAX_CODE),
    message: cut(more.message, MAX_MESSAGE),
    requestId: cut(more.requestId, MAX_CODE),
  };
}
