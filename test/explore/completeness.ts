import type { FailureCode } from "../../src/domain/failure.js";
import { canMove, type Status, STATUSES } from "../../src/domain/status.js";

/** With which status each failure ends (contract, section 2). */
const END_OF: Record<FailureCode, Status> = {
  out_of_stock: "rejected",
  unknown_sku: "rejected",
  payment_declined: "rejected",
  payment_refused: "rejected",
  payment_expired: "rejected",
  approval_declined: "rejected",
  approval_expired: "rejected",
  authorization_expired: "cancelled",
  shipment_failed: "cancelled",
};

const ENDS = ["completed", "cancelled", ...Object.entries(END_OF).map(([code, status]) => `${status}, ${code}`)];

/** How a closed order ended: its status, and its failure code if it has one. */
export function endOf({ status, failure }: { status: Status; failure: { code: FailureCode } | null }): string {
  return failure ? `${status}, ${failure.code}` : status;
}

export function missingEnds(reached: ReadonlySet<string>): string[] {
  return [...ENDS.filter((end) => !reached.has(end)), ...[...reached].filter((end) => !ENDS.includes(end))];
}

/** The legal moves that were not made. */
export function missingMoves(made: ReadonlySet<string>): string[] {
  const legal = STATUSES.flatMap((from) => STATUSES.filter((to) => canMove(from, to)).map((to) => moveOf(from, to)));
  return legal.filter((move) => !made.has(move));
}

export function moveOf(from: Status, to: Status): string {
  return `${from} to ${to}`;
}
