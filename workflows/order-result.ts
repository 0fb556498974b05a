import type { Status } from "../src/domain/status.js";
import type { OrderContext } from "./order-context.js";

/** What a person reads as the result of a run. Amounts in minor units. */
export interface OrderResult {
  status: Status;
  currency: string;
  captured: number;
  refunded: number;
}

export function resultOf({ snapshot: { status, currency, captured, refunded } }: OrderContext): OrderResult {
  return { status, currency, captured, refunded };
}
