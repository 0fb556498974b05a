import type { OrderInput } from "./contract.js";
import { uncancelled } from "./effects.js";
import { OrderRun } from "./order-run.js";
import { settle } from "./settle-order.js";
import { tellStory } from "./order-story.js";

/** An order, from acceptance to its end. */
export async function placeOrder({ orderId, way = 1 }: OrderInput): Promise<void> {
  const run = new OrderRun(orderId, way);
  await uncancelled(async () => {
    await tellStory(run);
    await settle(run);
  });
}
