/** Why an order ended without being fulfilled. */
export const FAILURE_CODES = [
  "out_of_stock",
  "unknown_sku",
  "payment_declined",
  "payment_refused",
  "payment_expired",
  "authorization_expired",
  "approval_declined",
  "approval_expired",
  "shipment_failed",
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

/**
 * The `type` of every failure an activity raises: the contract with the retry policies in workflows/effects.ts.
 * Failures cross the workflow sandbox as data, so nobody may rely on `instanceof`.
 */
export const FailureType = {
  /** Nobody knows whether the call took effect: the same call again, under the same key. */
  OutcomeUnknown: "OutcomeUnknown",
  /** The other side asks to be left alone for a while; the call did nothing. */
  Limited: "Limited",
  /** The book cannot be read or written now. */
  BookUnavailable: "BookUnavailable",
} as const;

export type FailureType = (typeof FailureType)[keyof typeof FailureType];
