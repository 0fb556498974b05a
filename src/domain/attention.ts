/** What called for a person. */
export const ATTENTION_CAUSES = [
  "payment_mismatch",
  "event_mismatch",
  "payment_unknown",
  "capture_refused",
  "void_refused",
  "refund_refused",
  "shipment_refused",
  "recall_refused",
  "outcome_unknown",
  "payment_cancelled_outside",
  "delivery_overdue",
  "unreadable",
  "run_ended",
] as const;

export type AttentionCause = (typeof ATTENTION_CAUSES)[number];

export const RESOLUTIONS = ["retry", "mark-done", "skip"] as const;

export type Resolution = (typeof RESOLUTIONS)[number];

/** What an operator may do about each cause: only what changes something. */
export const ACTIONS: Record<AttentionCause, readonly Resolution[]> = {
  payment_mismatch: ["skip"],
  event_mismatch: ["skip"],
  payment_unknown: ["skip"],
  capture_refused: ["retry", "mark-done", "skip"],
  void_refused: ["retry", "mark-done", "skip"],
  refund_refused: ["retry", "mark-done", "skip"],
  shipment_refused: ["retry", "mark-done", "skip"],
  recall_refused: ["retry", "mark-done", "skip"],
  outcome_unknown: ["mark-done", "skip"],
  payment_cancelled_outside: ["skip"],
  delivery_overdue: ["mark-done", "skip"],
  unreadable: ["retry"],
  run_ended: ["retry", "skip"],
};
