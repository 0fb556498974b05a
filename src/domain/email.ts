import type { OrderRequest } from "./order-request.js";

export const MAIL_KINDS = ["confirmation", "action-needed", "shipped", "cancelled", "refunded", "rejected"] as const;

export type MailKind = (typeof MAIL_KINDS)[number];

/** What a mail speaks of. */
export interface MailSubject {
  kind: MailKind;
  orderId: string;
  order: OrderRequest;
  actionUrl: string | null;
  failure: string | null;
  shipment: { carrier: string | null; trackingNumber: string | null } | null;
  refundAmount: number | null;
}
