import { change, type Change, inSequence } from "../change.js";
import type { Order } from "../order.js";
import type { Actor } from "../timeline.js";
import { confirm } from "./confirm.js";
import { append, fail } from "./transition.js";

export function awaitsDecision(order: Order): boolean {
  return order.status === "awaiting_approval" && order.failure === null;
}

/** The first decision counts; the run of the order goes on from it. */
export function decideApproval(order: Order, decision: "approve" | "decline", actor: Actor, now: number): Change {
  return inSequence(
    order,
    ...(decision === "approve"
      ? [() => append("approval.approved", actor), (next: Order) => confirm(next, now)]
      : [() => append("approval.declined", actor), () => fail("approval_declined")]),
    () => change({ signals: [{ workflow: "order", subjectId: order.id, name: "approvalDecided" }] }),
  );
}
