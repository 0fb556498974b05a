import { findMovement, insertMovement, type StockMovement } from "../database/queries/stock-movements.js";
import { ProblemError } from "../domain/problem-error.js";
import { type KeyedRequest, keyReusedError } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

export interface MovementRequest {
  /** Units that come, or go where it is negative. */
  delta: number;
  warehouse: string;
  reason?: string | undefined;
}

interface Moved {
  movement: StockMovement;
  replayed: boolean;
}

/** Moves stock, once for each key; below what orders have reserved it is refused and nothing changes (E2). */
export async function moveStock(
  { database }: Pick<ServiceDeps, "database">,
  { sku, request }: { sku: string; request: KeyedRequest<MovementRequest> },
): Promise<Moved> {
  const { id, fingerprint } = request;
  const { tenant } = request.principal;
  const replay = async (): Promise<Moved | null> => {
    const known = await findMovement(database.session, id);
    if (!known) return null;
    if (!request.matches(known.fingerprint)) throw keyReusedError();
    return { movement: known.movement, replayed: true };
  };
  const known = await replay();
  if (known) return known;
  const { delta, warehouse, reason = null } = request.validate();
  const made = await insertMovement(database.session, { id, tenant, sku, warehouse, delta, reason, fingerprint });
  if (typeof made === "object") return { movement: made, replayed: false };
  // The same request at the same moment may have made the movement, and left too little for this one.
  const meanwhile = await replay();
  if (meanwhile) return meanwhile;
  throw made === "beyond-limit" ? beyondLimitError() : belowReservedError();
}

function belowReservedError(): ProblemError {
  return new ProblemError("stock-below-reserved", "There is less on hand that no order has reserved.");
}

function beyondLimitError(): ProblemError {
  const issues = [{ pointer: "/delta", message: "Would leave more on hand than can be counted" }];
  return new ProblemError("invalid-request", "The quantity on hand would be out of range.", { issues });
}
