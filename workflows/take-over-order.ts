import type { OrderInput } from "./names.js";
import type { OrderResult } from "./order-result.js";
import { runTakeover } from "./process-order.js";
import { TemporalRuntime, uncancellable } from "./temporal-runtime.js";

/**
 * Goes on with an order whose own run is no more. A closed one: late facts are applied, money that came late is voided or
 * refunded. An open one, whose run was lost or ended from outside: the story goes on. Null where its own run goes on.
 */
export async function takeOverOrder({ orderId }: OrderInput): Promise<OrderResult | null> {
  return uncancellable(() => runTakeover(new TemporalRuntime(), orderId));
}
