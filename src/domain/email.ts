import type { Shipment } from "./shipment.js";
import type { OrderRequest } from "./order-request.js";

export const EMAIL_KINDS = ["confirmation", "action-needed", "shipped", "cancelled", "refunded", "rejected"] as const;

export type EmailKind = (typeof EMAIL_KINDS)[number];

/**
 * `queued` is to be sent, or repeated. `unknown` is not sent again: whether it went out cannot be known. `superseded` has
 * nothing to say any more.
 */
export const EMAIL_STATUSES = ["queued", "sent", "unknown", "refused", "superseded"] as const;

export type EmailStatus = (typeof EMAIL_STATUSES)[number];

/** Which email of an order: `about` is the shipment or refund, or empty. */
export interface EmailRef {
  kind: EmailKind;
  about: string;
}

export interface Email extends EmailRef {
  status: EmailStatus;
  /** Whether a send was begun that has no outcome yet. */
  sending: boolean;
  /** Sends whose outcome is not known. */
  unknownSends: number;
  /** When it was first to be sent, epoch milliseconds. */
  firstAttemptAt: number;
  /** When it may be sent next, epoch milliseconds. */
  nextAttemptAt: number;
}

/** What an email says. */
export interface EmailContent {
  kind: EmailKind;
  orderId: string;
  order: OrderRequest;
  actionUrl: string | null;
  /** Whether the shipment is a part of the order and not all of it. */
  partial: boolean;
  shipment: Pick<Shipment, "carrier" | "trackingNumber" | "trackingUrl"> | null;
  refundAmount: number | null;
}

/** How long a send without an outcome is waited for: it may be in progress, or its worker died. In milliseconds. */
export const SEND_MS = 10_000;
/** Of which so long is left to record the outcome. */
const RECORD_MS = 2_000;
/** With less time than this a server that takes the email could not say so, and it would go out twice. */
const LEAST_SEND_MS = 1_000;

/**
 * How long a send that was begun may take to come to its outcome, in milliseconds: later it is taken for unknown. Null
 * where too little of it is left to hand the email to the server.
 */
export function sendTimeout(email: Email, now: number): number | null {
  const left = email.nextAttemptAt - RECORD_MS - now;
  return left < LEAST_SEND_MS ? null : left;
}
