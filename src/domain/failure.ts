import type { ProviderReason } from "./operation.js";

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

export interface Failure {
  code: FailureCode;
  /** What the provider said, where it was the provider; of stock that lacks, the first SKU as the message. */
  reason: ProviderReason | null;
}

/**
 * The `type` of every failure an activity raises. Failures cross the workflow sandbox as data, so `instanceof`
 * does not work there.
 */
export const FailureType = {
  /** Whether the call took effect is not known: the same call is repeated under the same key. */
  OutcomeUnknown: "OutcomeUnknown",
  /** The provider asks for a pause; the call did nothing. */
  Limited: "Limited",
  /** The order database cannot be read or written now. */
  DatabaseUnavailable: "DatabaseUnavailable",
} as const;

export type FailureType = (typeof FailureType)[keyof typeof FailureType];
