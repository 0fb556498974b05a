import type { Status } from "../src/domain/status.js";
import type { OrderContext } from "./order-context.js";

/** What a person reads as the result of a run. Amounts in minor units. */
export interface OrderResult {
  status: Status;
  captured: number;
  refunded: number;
}

export function resultOf({ snapshot: { status, captured, refunded } }: OrderContext): OrderResult {
  return { status, captured, refunded };
}
