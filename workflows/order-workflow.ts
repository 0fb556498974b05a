import type { OrderInput } from "./names.js";
import type { OrderResult } from "./order-result.js";
import { runOrder } from "./process-order.js";
import { TemporalRuntime, uncancellable } from "./temporal-runtime.js";

/** An order, from acceptance to its end. Null for a run that found the order owned by another one. */
export async function placeOrder({ orderId }: OrderInput): Promise<OrderResult | null> {
  return uncancellable(() => runOrder(new TemporalRuntime(), orderId));
}
