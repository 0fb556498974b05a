import type { components } from "../client/api-types.js";
import type { TimelineEvent } from "../client/index.js";
import type { AttentionCause, Resolution } from "../domain/attention.js";
import { formatMoney } from "../domain/format-money.js";
import type { FailureCode } from "../domain/failure.js";
import { TIMELINE } from "../domain/timeline.js";

/** What the console says in words; amounts are in minor units of the order's currency. */

export const CAUSES: Record<AttentionCause, string> = {
  payment_mismatch: "The payment provider's answer contradicts the order.",
  event_mismatch: "An event of a provider contradicts the order.",
  shipment_mismatch: "The warehouse's answer contradicts the shipment.",
  payment_unknown: "Whether the payment was authorized could not be found out.",
  outcome_unknown: "Whether a request to a provider took effect could not be found out.",
  capture_refused: "The payment provider refused the capture.",
  void_refused: "The payment provider refused to void the authorization.",
  refund_refused: "The payment provider refused the refund.",
  shipment_refused: "The warehouse refused the shipment.",
  recall_refused: "The warehouse refused to cancel the shipment.",
  payment_cancelled_outside: "The payment was cancelled at the payment provider.",
  late_report: "The warehouse reported something after the shipment had ended.",
  delivery_overdue: "A shipment should have been delivered by now.",
  email_undelivered: "An email could not be delivered.",
  unreadable: "The stored order cannot be read by this build.",
  run_ended: "The order's run has ended although the order is open.",
};

export const ACTIONS: Record<Resolution, { label: string; means: string }> = {
  retry: { label: "Try again", means: "sends the request again, under a new key where the old one was answered" },
  "mark-done": {
    label: "Mark as done",
    means: "it has happened outside Idem; the order goes on as if Idem had done it",
  },
  skip: { label: "Skip", means: "it is left out; the order goes on without it" },
};

export const FAILURES: Record<FailureCode, string> = {
  out_of_stock: "Something of the order was out of stock.",
  unknown_sku: "A SKU of the order is unknown.",
  payment_declined: "The payment was declined.",
  payment_refused: "The payment provider refused the request.",
  payment_expired: "The customer did not confirm the payment in time.",
  authorization_expired: "The authorization expired before everything had shipped.",
  approval_declined: "An operator declined the order.",
  approval_expired: "No operator decided in time.",
  shipment_failed: "The warehouse could not ship the order.",
};

const ACTORS: Record<TimelineEvent["actor"], string> = {
  merchant: "the shop",
  operator: "an operator",
  system: "Idem",
  "payment-provider": "the payment provider",
  warehouse: "the warehouse",
};

/** `needs_attention` as a person reads it. */
export function plain(code: string): string {
  return code.replaceAll(/[_-]/g, " ");
}

/** Who caused an event, with the name of the key that they came with, as far as it is known. */
export function actorOf({ actor, data }: TimelineEvent, names: ReadonlyMap<string, string>): string {
  const { key } = data;
  return key === undefined ? ACTORS[actor] : `${ACTORS[actor]} (${names.get(key) ?? `key ${key}`})`;
}

/** What happened, in a sentence. */
export function sentenceOf({ type }: TimelineEvent): string {
  return TIMELINE[type];
}

const MONEY = new Set(["amount", "total", "threshold", "received", "expectedAmount"]);
const SKIPPED = new Set(["currency", "expectedCurrency", "requestId", "key"]);

/** The details of an event by their names, amounts as people read them. */
export function detailsOf(event: TimelineEvent, currency: string): [name: string, value: string][] {
  const data = event.data as Record<string, string | number | boolean | null>;
  return Object.entries(data).flatMap(([name, value]): [string, string][] => {
    if (value === null || SKIPPED.has(name)) return [];
    const money = MONEY.has(name) && typeof value === "number";
    const label = plain(name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
    return [[label, money ? formatMoney(value, String(data["currency"] ?? currency)) : shortened(String(value))]];
  });
}

/** Our own ids by their beginnings, which distinguish them within an order. */
function shortened(text: string): string {
  return text.replaceAll(/\b((?:shp|ref|att)_[a-z2-7]{8})[a-z2-7]{24}\b/g, "$1…");
}

/** What a page says after a form was accepted; its address carries the code alone. */
export const NOTICES = {
  "signed-in": "You are signed in.",
  added: "The key was added to your session.",
  cancelled: "The cancel was accepted.",
  refunded: "The refund was accepted.",
  refreshed: "The providers are being asked now.",
  decided: "The decision was accepted.",
  moved: "The address was changed.",
  resolved: "The resolution was accepted.",
  paused: "The batch is paused.",
  resumed: "The batch goes on.",
  stocked: "The stock was changed.",
  redelivered: "What was asked for is delivered again.",
  pinged: "A ping was queued.",
  enabled: "The endpoint is enabled again.",
  deleted: "The endpoint was deleted.",
  revoked: "The key was revoked.",
  tried: "The order was accepted.",
  killed: "The worker was killed; another one starts.",
} as const;
export type Notice = keyof typeof NOTICES;

type Schemas = components["schemas"];
export type Attention = Schemas["AttentionList"]["items"][number];
export type Batch = Schemas["AttentionBatch"];
export type Execution = Schemas["Execution"];
export type Delivery = Schemas["WebhookDelivery"];
export type Endpoint = Schemas["WebhookEndpoint"];
export type Refund = Schemas["Refund"];
export type Stock = Schemas["Stock"];
