/** A payment as its provider shows it, in our units. */
export interface Payment {
  reference: string;
  /** The order it was made for, as the provider stored it. */
  orderId: string | null;
  state: "action_required" | "processing" | "authorized" | "captured" | "voided" | "failed";
  amount: number;
  currency: string;
  /** What may still be captured. */
  capturable: number;
  /** What was captured. */
  received: number;
  /** When the provider drops the authorization, RFC 3339; null where it does not say. */
  captureBefore: string | null;
  /** Whether several captures are granted. */
  multicapture: boolean;
  declineCode: string | null;
  actionUrl: string | null;
}

export interface ProviderRefund {
  reference: string;
  state: "pending" | "succeeded" | "failed";
  amount: number;
  refundId: string | null;
}

export const PAYMENT_STATUSES = ["none", "pending", "authorized", "captured", "voided", "declined", "unknown"] as const;

/** What the order shows of its payment. */
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** Whether the provider's payment is the one that was asked for. */
export function matchesRequest(
  payment: Payment,
  asked: { orderId: string; amount: number; currency: string },
): boolean {
  return payment.orderId === asked.orderId && payment.amount === asked.amount && payment.currency === asked.currency;
}
