import type { RunState } from "../domain/run-state.js";
import { amountsOf } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";

/** The step that an order is in whose own run was ended from outside. */
export const RUN_STEP = "run";

/**
 * Gives an open order whose own run is no more to the run that asks. A run that Temporal lost goes on where it stood.
 * One that somebody ended by hand calls a person when money is held or taken; without money the order is given up.
 */
export async function adoptOrder(order: OpenOrder, state: RunState, runId: string): Promise<boolean> {
  if (order.isFinal || order.row.run_id === runId) return true;
  if (state === "open") return false;
  order.set({ run_id: runId });
  order.tell("run.adopted", "system", { state });
  if (state === "gone") return true;
  const { held, captured, refunded } = await amountsOf(order.trx, order.id);
  const atStake = held + captured - refunded;
  if (atStake > 0) await order.raise(RUN_STEP, "run_ended", atStake);
  else if (order.can("cancelling")) order.move("cancelling");
  return true;
}
