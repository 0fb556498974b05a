/** Every event that a timeline may have, with what it means. The list at /docs is generated from this one. */
export const TIMELINE = {
  "order.accepted": "The order was accepted.",
  "address.changed": "The address was replaced.",
  "stock.reserved": "The stock of every line was reserved.",
  "stock.refused": "There is not enough stock, or a SKU is unknown.",
  "stock.released": "Reserved stock was released.",
  "payment.unknown": "The payment provider did not answer. Idem repeats the same request and looks the payment up.",
  "payment.action_required": "The customer must act, for example authenticate the card.",
  "payment.authorized": "The payment was authorized.",
  "payment.declined": "The payment was declined.",
  "payment.refused": "The payment provider refused the request as such.",
  "payment.expired": "The customer did not act in time.",
  "payment.mismatch": "The payment provider's answer contradicts the request.",
  "payment.captured": "Money was captured.",
  "payment.captured_outside": "Money was captured at the payment provider, not by Idem.",
  "payment.released": "The payment provider released the rest of the authorization with the last capture.",
  "payment.voided": "The authorization was voided.",
  "payment.late": "A payment succeeded after the order had closed; it is voided or refunded.",
  "approval.requested": "The total requires an operator's decision.",
  "approval.approved": "An operator approved the order.",
  "approval.declined": "An operator declined the order.",
  "approval.expired": "No operator decided in time.",
  "authorization.expiring": "The authorization is about to expire; what has not shipped is recalled.",
  "order.confirmed": "The order was confirmed.",
  "order.rejected": "The order was rejected.",
  "shipment.requested": "A shipment was handed to the warehouse.",
  "shipment.mismatch": "The warehouse's answer contradicts the request.",
  "shipment.shipped": "A shipment was shipped.",
  "shipment.delivered": "A shipment was delivered.",
  "shipment.failed": "The warehouse could not ship a shipment, or lost it.",
  "shipment.recalled": "A shipment was recalled before it left the warehouse.",
  "shipment.late":
    "The warehouse reported a shipment shipped or delivered that had failed or had been recalled, or lost after its delivery.",
  "cancel.requested": "A cancel was accepted.",
  "cancel.lost": "The cancel came too late: a shipment had left.",
  "order.cancelled": "The order was cancelled: nothing is authorized or on its way.",
  "order.completed": "Every shipment was delivered and paid for.",
  "refund.requested": "A refund was accepted.",
  "refund.succeeded": "A refund succeeded.",
  "refund.failed": "A refund failed.",
  "email.sent": "An email was handed to the email server.",
  "email.unknown": "It is not known whether an email went out; it is sent again under the same Message-ID.",
  "email.refused": "The email server refused an email.",
  "email.superseded": "An email was not sent because it no longer applied.",
  "event.mismatch": "A provider's event contradicts the order and changed nothing.",
  "run.taken_over": "The order's run was ended or lost; another run goes on with the order.",
  "attention.raised": "An operator is needed.",
  "attention.cleared": "A later fact resolved what needed an operator.",
  "attention.resolved": "An operator resolved what needed attention.",
  "attention.resolution_refused":
    "The operator's resolution does not match the provider's records; attention is still needed.",
  "attention.resolution_superseded": "The attention was cleared before the operator's resolution was applied.",
} as const;

export type TimelineType = keyof typeof TIMELINE;

/** Who caused an event. */
export const ACTORS = ["merchant", "operator", "system", "payment-provider", "warehouse"] as const;
export type Actor = (typeof ACTORS)[number];

/** The details of an event: ids, codes, amounts, counts; never personal data. */
export type TimelineData = Record<string, string | number | boolean | null>;

export interface NewEvent {
  type: TimelineType;
  actor: Actor;
  data: TimelineData;
}

export function newEvent(type: TimelineType, actor: Actor, data: TimelineData = {}): NewEvent {
  return { type, actor, data };
}
