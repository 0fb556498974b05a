import type { Resolution } from "./attention.js";
import type { Payment, ProviderRefund } from "./payment.js";
import type { ShipmentReport } from "./shipment.js";
import type { Actor } from "./timeline.js";

/** What a provider said, by an event or when it was polled, in our words and without personal data. */
export type ProviderFact =
  | { about: "payment"; payment: Payment }
  | { about: "shipment"; shipment: ShipmentReport }
  | { about: "refund"; refund: ProviderRefund }
  /** The delivery deadline of a shipment passed; the poller says so. */
  | { about: "delivery"; shipmentId: string };

/** Who reports facts: the providers, and the poller about time that passed. */
export const FACT_SOURCES = ["stripe", "fulfilment", "idem"] as const;
export type FactSource = (typeof FACT_SOURCES)[number];

/** The length of an event id, in characters: Stripe's longest, and one that the database can index. */
export const MAX_EVENT_ID = 255;

/** What a provider reported, with the id under which it is stored once. */
export interface ProviderEvent {
  provider: FactSource;
  eventId: string;
  type: string;
  orderId: string | null;
  /** Null for a type that moves nothing. */
  fact: ProviderFact | null;
}

/** An operator's resolution, bound to one attention when it was accepted. */
export interface ResolutionFact {
  about: "resolution";
  attentionId: string;
  action: Resolution;
  /** Of `mark-done`: the provider's own id of what was made. */
  reference: string | null;
  /** Of `mark-done` of a capture: the money was paid otherwise. */
  paidOtherwise: boolean;
  reason: string;
  actor: Actor;
  /** The id of the key that it came with; null where that is not known. */
  keyId: string | null;
}

/** A fact that is stored and not applied yet. Facts of one order are applied in the order of their numbers. */
export type StoredFact = { number: number; type: string } & (ProviderFact | ResolutionFact);
