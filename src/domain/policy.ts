/** The rules an order lives by, fixed when it is accepted. Durations in milliseconds, amounts in minor units. */
export interface Policy {
  /** A total at or above it waits for an operator; null never does. */
  approvalThreshold: number | null;
  approvalTimeoutMs: number;
  paymentActionTimeoutMs: number;
  /** How long without a known answer before the provider's list is asked too. */
  lookupAfterMs: number;
  /** How long without a known answer before an operator is needed. */
  attentionAfterMs: number;
  deliveryDeadlineMs: number;
  /** How long an email is sent again before an attention is raised. */
  emailGiveUpAfterMs: number;
  /**
   * Whether the payment carries the shop's reference. Absent from what a build before 0.3.0 accepted: its authorization may
   * have been sent without, and is the same request each time.
   */
  sendsReference?: boolean;
}

/** Stripe may forget a key after 24 h, so nothing that creates is sent again after this. */
export const CREATE_WINDOW_MS = 23 * 3_600_000;

/** Capture ends this long before the provider drops the authorization. */
export const EXPIRY_MARGIN_MS = 12 * 3_600_000;

/** How long an authorization lasts where the provider does not say. */
export const DEFAULT_AUTHORIZATION_MS = 6 * 86_400_000;
