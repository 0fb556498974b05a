/** Every status an order may have, and its only legal moves. `needs_attention` lies over a status and is no row here. */
const MOVES = {
  accepted: ["awaiting_payment", "awaiting_approval", "confirmed", "rejected", "cancelling"],
  awaiting_payment: ["awaiting_approval", "confirmed", "rejected", "cancelling"],
  awaiting_approval: ["confirmed", "rejected", "cancelling"],
  confirmed: ["partially_shipped", "shipped", "cancelling"],
  partially_shipped: ["shipped"],
  shipped: ["completed"],
  cancelling: ["cancelled", "partially_shipped", "shipped"],
  completed: [],
  cancelled: [],
  rejected: [],
} as const satisfies Record<string, readonly string[]>;

export type Status = keyof typeof MOVES;

/** What a reader sees: an open order with attention shows `needs_attention` and keeps its status underneath. */
export type ShownStatus = Status | "needs_attention";

export const STATUSES = Object.keys(MOVES) as readonly Status[];

export const SHOWN_STATUSES = [...STATUSES, "needs_attention"] as const;

export function isFinal(status: Status): boolean {
  return MOVES[status].length === 0;
}

export function canMove(from: Status, to: Status): boolean {
  return (MOVES[from] as readonly Status[]).includes(to);
}

export function shownStatus(status: Status, hasAttention: boolean): ShownStatus {
  return hasAttention && !isFinal(status) ? "needs_attention" : status;
}

/** Whether a cancel may still be tried: nothing has shipped and the order is open. */
export function isCancellable(status: Status): boolean {
  return canMove(status, "cancelling");
}
