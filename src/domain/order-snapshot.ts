import type { AttentionCause } from "./attention.js";
import type { FailureCode } from "./failure.js";
import type { MailKind } from "./email.js";
import type { ShipmentStatus } from "./shipment.js";
import type { Status } from "./status.js";

/** What an order's run must know of it: ids, statuses and times, no personal data. Times are epoch milliseconds. */
export interface OrderFacts {
  /** Grows with every change; of two, the larger is the newer. */
  revision: number;
  status: Status;
  failure: FailureCode | null;
  /** Money held and neither taken nor let go. */
  held: number;
  /** Whether there is something at the provider that a void would let go. */
  voidable: boolean;
  /** Whether a payment was asked for and has no outcome yet. */
  paymentOpen: boolean;
  deadline: number | null;
  authorizationEndsAt: number | null;
  shipments: ShipmentFacts[];
  attentions: { step: string; cause: AttentionCause }[];
  /** Mails to be sent. */
  mails: { kind: MailKind; about: string }[];
}

export interface ShipmentFacts {
  id: string;
  status: ShipmentStatus;
  /** Whether money is to be taken for it and was not yet. */
  captureDue: boolean;
  /** Whether it was asked of the warehouse and nobody knows the answer. */
  requestOpen: boolean;
  /** When a person is called if it was not delivered; null before it shipped. */
  deliveryDueAt: number | null;
}
