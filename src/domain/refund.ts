export const REFUND_STATUSES = ["accepted", "succeeded", "failed", "needs_attention"] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** Captured money on its way back to the customer. */
export interface Refund {
  id: string;
  /** Minor units of the order's currency. */
  amount: number;
  status: RefundStatus;
  /** The provider's id of the last attempt; null until it is known. */
  reference: string | null;
  /** Whether the provider took it over and has not finished it. */
  pending: boolean;
  /** Whether Idem made it by itself, because something went wrong. */
  automatic: boolean;
}

/** What of the captured money is promised to the customer: every refund that did not fail. */
export function promisedRefunds(refunds: readonly Refund[]): number {
  return refunds.reduce((sum, { amount, status }) => (status === "failed" ? sum : sum + amount), 0);
}
