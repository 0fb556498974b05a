import type { Database } from "../src/database/database.js";
import { loadOrder } from "../src/database/load-order.js";
import type { Order } from "../src/domain/order.js";
import { type DueStep, dueSteps } from "../src/domain/rules/next-step.js";

/** The order as it is now; throws when there is none. */
export async function readOrder(database: Database, orderId: string): Promise<Order> {
  const loaded = await loadOrder(database.session, orderId);
  if (!loaded) throw new Error("an order that has a run is not in the database");
  database.clock.observe(loaded.now);
  database.cache.put(loaded.order);
  return loaded.order;
}

/** The order for a step that is due, as it was last saved here where that says so; else as it is now, due or not. */
export async function readDueOrder(
  database: Database,
  orderId: string,
  step: DueStep,
): Promise<{ order: Order; isDue: boolean }> {
  const cached = database.cache.get(orderId);
  if (cached && dueSteps(cached).includes(step)) return { order: cached, isDue: true };
  const order = await readOrder(database, orderId);
  return { order, isDue: dueSteps(order).includes(step) };
}
