/** Every fact a timeline may tell, with what it means. The list at /docs is made from this one. */
export const TIMELINE = {
  "order.accepted": "The order was accepted.",
  "stock.reserved": "The stock of every line was reserved.",
  "stock.refused": "The stock did not suffice, or an article is unknown.",
  "stock.released": "The reserved stock went back.",
  "payment.unknown": "The provider's answer did not come; the same request is repeated and looked up.",
  "payment.action_required": "The buyer must act, for example authenticate the card.",
  "payment.authorized": "The provider holds the money.",
  "payment.declined": "The provider declined the payment.",
  "payment.refused": "The provider refused the payment request as such.",
  "payment.expired": "The buyer did not act in time.",
  "payment.mismatch": "The provider's answer contradicts the request.",
  "payment.captured": "Money was taken.",
  "payment.released": "The rest of the authorization was let go by the provider with the last capture.",
  "payment.voided": "The authorization was let go.",
  "payment.late": "A payment succeeded after the order had ended; it is given back.",
  "approval.requested": "The total asks for an operator's decision.",
  "approval.approved": "An operator approved the order.",
  "approval.declined": "An operator declined the order.",
  "approval.expired": "Nobody decided in time.",
  "order.confirmed": "The order is confirmed.",
  "order.rejected": "The order ended without being fulfilled.",
  "shipment.requested": "A shipment was handed to the warehouse.",
  "shipment.shipped": "The warehouse reported a shipment shipped.",
  "shipment.delivered": "The warehouse reported a shipment delivered.",
  "shipment.failed": "The warehouse could not ship, or lost, a shipment.",
  "shipment.recalled": "The warehouse took a shipment back before it left.",
  "cancel.requested": "A cancel was accepted.",
  "cancel.lost": "The cancel came too late: a shipment had left.",
  "order.cancelled": "The order is cancelled: nothing is held or on its way.",
  "order.completed": "Every shipment was delivered and paid.",
  "refund.requested": "A refund was accepted.",
  "refund.succeeded": "A refund reached the provider.",
  "refund.failed": "A refund failed for good.",
  "mail.sent": "A mail was handed to the mail server.",
  "mail.unknown": "Whether a mail went out is not known; it is repeated at most once.",
  "mail.refused": "The mail server refused a mail for good.",
  "event.mismatch": "An event from a provider contradicts the book and moved nothing.",
  "run.adopted": "The order's own run was ended or lost; another one goes on with the order.",
  "attention.raised": "A person is needed.",
  "attention.resolved": "An operator settled what needed a person.",
} as const;

export type TimelineType = keyof typeof TIMELINE;

/** Who caused a fact. */
export type Actor = "merchant" | "operator" | "system" | "payment-provider" | "warehouse";

/** Facts of a timeline: ids, codes, amounts, counts; never personal data. */
export type TimelineData = Record<string, string | number | boolean | null>;
