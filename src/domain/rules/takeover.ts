import { change, type Change, inSequence, UNCHANGED } from "../change.js";
import { balances, isClosed, type Order } from "../order.js";
import type { RunState } from "../runs.js";
import { abort } from "./cancel.js";
import { raise } from "./raise-attention.js";
import { append } from "./transition.js";

/** The attention of an order whose own run was ended from outside. */
export const RUN_STEP = "run";

/**
 * Gives an open order whose own run is no more to the run that asks. One whose run Temporal lost goes on from its
 * state; so does one whose run completed, since a run completes after its order closed: the order database was restored
 * from before that. One whose run was ended by hand needs an operator when money is authorized or captured, and is
 * aborted otherwise.
 */
export function takeOver(order: Order, state: RunState, runId: string, now: number): Change {
  if (isClosed(order) || order.runId === runId || state === "open") return UNCHANGED;
  return inSequence(
    order,
    () => change({ row: { runId } }),
    () => append("run.taken_over", "system", { state }),
    (next) => (state === "closed" ? stopOrAsk(next, now) : UNCHANGED),
  );
}

function stopOrAsk(order: Order, now: number): Change {
  const { held, captured, refunded } = balances(order);
  const amount = held + captured - refunded;
  if (amount > 0) return raise(order, { step: RUN_STEP, cause: "run_ended", amount }, now);
  return abort(order, now);
}
