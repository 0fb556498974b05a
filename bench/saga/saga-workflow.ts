import { condition, defineSignal, proxyActivities, setHandler } from "@temporalio/workflow";
import type * as effects from "../order-effects.js";
import type { AcceptedOrder } from "../order-effects.js";

const { reserveStock, authorizePayment, requestShipment, capturePayment, sendEmail } = proxyActivities<typeof effects>({
  startToCloseTimeout: "10 s",
});

/** The order until it is confirmed, as Temporal's samples teach it: four activities in a row. */
export async function saga(order: AcceptedOrder): Promise<void> {
  await reserveStock(order);
  await authorizePayment(order);
  await requestShipment(order);
  await sendEmail(order);
}

export const shipped = defineSignal("shipped");
export const delivered = defineSignal("delivered");

/** The order until it is delivered, in the same style. Its return is the completion. */
export async function wholeLifeSaga(order: AcceptedOrder): Promise<void> {
  let [hasShipped, isDelivered] = [false, false];
  setHandler(shipped, () => void (hasShipped = true));
  setHandler(delivered, () => void (isDelivered = true));
  await reserveStock(order);
  const payment = await authorizePayment(order);
  await requestShipment(order);
  await sendEmail(order, "confirmation");
  await condition(() => hasShipped);
  await capturePayment(order, payment);
  await sendEmail(order, "shipped");
  await condition(() => isDelivered);
}

/** The floor: a run that does nothing. */
export async function empty(): Promise<void> {}
