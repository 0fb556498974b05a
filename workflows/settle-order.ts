import { workflowInfo } from "@temporalio/workflow";
import type { OrderInput } from "./contract.js";
import { uncancelled } from "./effects.js";
import { OrderRun } from "./order-run.js";
import { tellStory } from "./order-story.js";

/**
 * Serves an order whose own run is no more. Closed orders: news is applied, a late payment, an event that comes twice,
 * an operator's word. Open ones: their run was lost or ended from outside, and the story goes on here, or waits for
 * the person who is called.
 */
export async function settleOrder({ orderId, way = 1 }: OrderInput): Promise<void> {
  const run = new OrderRun(orderId, way);
  await uncancelled(async () => {
    const facts = await run.effect("adopt", { orderId, runId: workflowInfo().firstExecutionRunId });
    if (!facts) return run.rest(); // its own run lives and goes by the same book
    run.take(facts);
    await run.until(() => !run.needsPerson("run"));
    if (!run.ended) await tellStory(run);
    await settle(run);
  });
}

/** What an ended order still owes: money that came too late is let go, mails go out. */
export async function settle(run: OrderRun): Promise<void> {
  for (;;) {
    await run.rest();
    if (!run.serves || !run.ended || !run.facts.voidable) return;
    run.take(await run.effect("voidPayment", { orderId: run.orderId }));
    await run.until(() => !run.needsPerson("void/late"));
  }
}
