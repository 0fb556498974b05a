import type { OrderInput } from "./contract.js";
import { effect, uncancelled } from "./effects.js";
import { OrderRun } from "./order-run.js";

/** Applies news to an order whose own run has closed: a late payment, an event that comes twice, an operator's word. */
export async function settleOrder({ orderId }: OrderInput): Promise<void> {
  const run = new OrderRun(orderId);
  await uncancelled(async () => {
    await run.firstFacts();
    await settle(run);
  });
}

/** What an ended order still owes: money that came too late is let go, mails go out. */
export async function settle(run: OrderRun): Promise<void> {
  for (;;) {
    await run.rest();
    if (!run.ended || !run.facts.voidable) return;
    run.take(await effect("voidPayment", { orderId: run.orderId }));
    await run.until(() => !run.needsPerson("void/late"));
  }
}
