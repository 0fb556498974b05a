import type { ProviderReason } from "./operation.js";

/** A payment as its provider shows it, in our units; an amount that they cannot express is a fraction. */
export interface Payment {
  reference: string;
  /** The order it was made for, as the provider stored it. */
  orderId: string | null;
  /** `created` and `processing` decide nothing yet. */
  state: "created" | "processing" | "action_required" | "authorized" | "captured" | "voided" | "failed";
  amount: number;
  currency: string;
  /** What may still be captured. */
  capturable: number;
  /** What was captured. */
  received: number;
  /** What the provider granted with the authorization; null where it does not say, as in its events. */
  terms: PaymentTerms | null;
  /** Why it failed. */
  reason: ProviderReason | null;
  actionUrl: string | null;
}

export interface PaymentTerms {
  /** When the provider drops the authorization, epoch milliseconds; null where it does not say. */
  captureBefore: number | null;
  /** Whether several captures are granted. */
  multicapture: boolean;
}

export interface ProviderRefund {
  reference: string;
  state: "pending" | "succeeded" | "failed";
  amount: number;
  refundId: string | null;
  /** Why it failed. */
  reason: ProviderReason | null;
}

export const PAYMENT_STATUSES = ["none", "pending", "authorized", "captured", "voided", "declined", "unknown"] as const;

/** What the order shows of its payment. */
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export const SHOWN_PAYMENT_STATUSES = [...PAYMENT_STATUSES, "refunded"] as const;

/** What a reader sees: `refunded` once all that was captured was refunded. Amounts in minor units. */
export function shownPaymentStatus(
  status: PaymentStatus,
  { captured, refunded }: { captured: number; refunded: number },
): (typeof SHOWN_PAYMENT_STATUSES)[number] {
  return captured > 0 && refunded === captured ? "refunded" : status;
}

/** Whether the provider's payment is the one that was requested. */
export function matchesRequest(
  payment: Payment,
  requested: { orderId: string; amount: number; currency: string },
): boolean {
  return (
    payment.orderId === requested.orderId &&
    payment.amount === requested.amount &&
    payment.currency === requested.currency
  );
}
