import { Compensations } from "./compensations.js";
import { OrderContext } from "./order-context.js";
import { type OrderResult, resultOf } from "./order-result.js";
import type { Runtime } from "./runtime.js";

/** An order's own run, on any engine; null when another run owns the order. */
export async function runOrder(runtime: Runtime, orderId: string): Promise<OrderResult | null> {
  const order = new OrderContext(runtime, orderId);
  if (!(await order.reserveStock())) return null;
  await processOrder(order);
  return resultOf(order);
}

/** The run that takes an order over; null when the order's own run goes on. */
export async function runTakeover(runtime: Runtime, orderId: string): Promise<OrderResult | null> {
  const order = new OrderContext(runtime, orderId);
  if (!(await order.takeOver())) return null;
  await processOrder(order);
  return resultOf(order);
}

/**
 * An order's story, from acceptance to its end. Each step is executed while it is due, so that a run which takes an order
 * over tells the same story from where the order is, and a cancel that is lost goes on with it.
 */
async function processOrder(order: OrderContext): Promise<void> {
  const isActive = () => order.isActive;
  while (!order.isClosed) {
    const { executed } = order;
    const compensations = new Compensations();
    await order.work(["reserveStock"], () => order.shipmentIds.length > 0, isActive);

    compensations.register(() => voidPayment(order));
    await order.work(["authorizePayment"], () => !order.is("accepted"), isActive);
    await order.waitUntil(() => !order.is("awaiting_payment") || !order.isActive);
    await order.waitUntil(() => !order.is("awaiting_approval") || !order.isActive);

    for (const id of order.shipmentIds) compensations.register(() => cancelShipment(order, id));
    await Promise.all(order.shipmentIds.map((id) => fulfil(order, id)));

    await compensations.run(() => order.isAborting);
    await close(order);
    if (order.executed === executed && !order.isClosed) await order.workOnAnything();
  }
  await settle(order);
}

/** One shipment: requested, shipped and captured, delivered. Ends early when the order is aborted meanwhile. */
async function fulfil(order: OrderContext, id: string): Promise<void> {
  const steps = [`requestShipment/${id}`, `cancelShipment/${id}`, `capturePayment/${id}`, "voidPayment"];
  await order.work(
    steps,
    () => order.isOver(id),
    () => order.isActive,
  );
}

/**
 * Recalls a shipment; whether the warehouse has it at all is found out first. While one that was refused waits for an
 * operator the others are recalled.
 */
async function cancelShipment(order: OrderContext, id: string): Promise<void> {
  const others = order.shipmentIds.filter((other) => other !== id).toReversed();
  const steps = [...recall(id), ...others.flatMap(recall), ...captures(order)];
  await order.work(
    steps,
    () => !order.isRequested(id),
    () => order.isAborting,
  );
}

/** Voids what is authorized; whether a payment was made at all is found out first. */
async function voidPayment(order: OrderContext): Promise<void> {
  const steps = ["authorizePayment", "voidPayment", ...captures(order)];
  await order.work(
    steps,
    () => canClose(order),
    () => order.isAborting,
  );
}

function recall(id: string): string[] {
  return [`requestShipment/${id}`, `cancelShipment/${id}`];
}

/** What left before the order was aborted is paid for all the same. */
function captures(order: OrderContext): string[] {
  return order.shipmentIds.map((id) => `capturePayment/${id}`);
}

function canClose(order: OrderContext): boolean {
  return order.isDue("rejectOrder") || order.isDue("cancelOrder");
}

/** Closes the order, or waits for whatever else moves it on: a fact, or an operator. */
async function close(order: OrderContext): Promise<void> {
  const steps = ["rejectOrder", "cancelOrder", "completeOrder"];
  await order.work(steps, () => order.isClosed || order.hasOtherSteps(steps));
}

/** What a closed order still owes: its emails, facts that are stored, and the void of a payment that came late. */
async function settle(order: OrderContext): Promise<void> {
  await order.work(["voidPayment"], () => order.isSettled);
}
