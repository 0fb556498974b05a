import { change, type Change, combine } from "../change.js";
import type { Actor } from "../timeline.js";
import { append } from "./transition.js";

/** A requested refund, within what is refundable; its run is started with it. */
export function requestRefund(id: string, amount: number, actor: Actor): Change {
  return combine(
    change({
      refunds: [{ id, amount, status: "accepted", reference: null, pending: false, automatic: false }],
      signals: [{ workflow: "refund", subjectId: id, name: null }],
    }),
    append("refund.requested", actor, { refund: id, amount }),
  );
}
