import type { OrderInput } from "./names.js";
import { OrderContext } from "./order-context.js";
import { type OrderResult, resultOf } from "./order-result.js";
import { processOrder } from "./process-order.js";
import { TemporalRuntime, uncancellable } from "./temporal-runtime.js";

/** An order, from acceptance to its end. Null for a run that found the order owned by another one. */
export async function placeOrder({ orderId }: OrderInput): Promise<OrderResult | null> {
  return uncancellable(async () => {
    const order = new OrderContext(new TemporalRuntime(), orderId);
    if (!(await order.reserveStock())) return null;
    await processOrder(order);
    return resultOf(order);
  });
}
