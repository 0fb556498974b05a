import type { ProviderReason } from "./operation.js";
import type { Actor } from "./timeline.js";

/** Why an operator is needed. */
export const ATTENTION_CAUSES = [
  "payment_mismatch",
  "event_mismatch",
  "shipment_mismatch",
  "payment_unknown",
  "outcome_unknown",
  "capture_refused",
  "void_refused",
  "refund_refused",
  "shipment_refused",
  "recall_refused",
  "payment_cancelled_outside",
  "late_report",
  "delivery_overdue",
  "email_undelivered",
  "unreadable",
  "run_ended",
] as const;

export type AttentionCause = (typeof ATTENTION_CAUSES)[number];

export const RESOLUTIONS = ["retry", "mark-done", "skip"] as const;

export type Resolution = (typeof RESOLUTIONS)[number];

const ALL: readonly Resolution[] = ["retry", "mark-done", "skip"];

/** What an operator may do about each cause: only what changes something. */
export const ACTIONS: Record<AttentionCause, readonly Resolution[]> = {
  payment_mismatch: ["skip"],
  event_mismatch: ["skip"],
  shipment_mismatch: ALL,
  payment_unknown: ALL,
  outcome_unknown: ALL,
  capture_refused: ALL,
  void_refused: ALL,
  refund_refused: ALL,
  shipment_refused: ALL,
  recall_refused: ALL,
  payment_cancelled_outside: ["skip"],
  late_report: ["skip"],
  delivery_overdue: ["mark-done", "skip"],
  email_undelivered: ALL,
  unreadable: ["retry"],
  run_ended: ["retry", "skip"],
};

/** Something that only an operator can decide, with the money at stake. */
export interface Attention {
  /** Derived from the order, the step and how many attentions the step had before. */
  id: string;
  /** The operation, or another part of the order, that it is about. */
  step: string;
  cause: AttentionCause;
  /** Minor units of the order's currency. */
  amount: number;
  /** Epoch milliseconds. */
  since: number;
  reason: ProviderReason | null;
  /** The resolution that was accepted for it last; it counts once it is applied. */
  resolution: AcceptedResolution | null;
  /** Epoch milliseconds; null while it is open. */
  resolvedAt: number | null;
}

export interface AcceptedResolution {
  action: Resolution;
  actor: Actor;
  /** Epoch milliseconds. */
  at: number;
}

/** Email delays nothing; with any other open attention nothing new is requested. */
export function blocksRequests({ cause }: Pick<Attention, "cause">): boolean {
  return cause !== "email_undelivered";
}
