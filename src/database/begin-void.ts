import { amountsOf } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { beginAnew, findStep, type Step, stepOf } from "./operations.js";

/**
 * The void of a payment, or after the order's end of one that came to life late, begun if money is to be let go. One
 * that was done before the money came did not let it go: it is begun anew. null where there is nothing to let go.
 */
export async function beginVoid(order: OpenOrder, reference: string): Promise<Step | null> {
  const step = order.isFinal ? stepOf.lateVoid : stepOf.void;
  const { held } = await amountsOf(order.trx, order.id);
  const known = await findStep(order.trx, order.id, step);
  const isDue = known ? held > 0 && known.outcome?.result === "done" : held > 0 || !order.isFinal;
  return isDue ? beginAnew(order.trx, order.id, step, { reference }) : known;
}
