import { Compensations } from "./compensations.js";
import { type FirstStep, OrderContext } from "./order-context.js";
import { type OrderResult, resultOf } from "./order-result.js";
import type { Runtime } from "./runtime.js";

/** An order's own run, on any engine; null when another run owns the order. */
export function runOrder(runtime: Runtime, orderId: string): Promise<OrderResult | null> {
  return runFrom("reserveStock", new OrderContext(runtime, orderId));
}

/** The run that takes an order over; null when the order's own run goes on. */
export function runTakeover(runtime: Runtime, orderId: string): Promise<OrderResult | null> {
  return runFrom("takeOverOrder", new OrderContext(runtime, orderId));
}

async function runFrom(first: FirstStep, order: OrderContext): Promise<OrderResult | null> {
  if (!(await order.start(first))) return null;
  await processOrder(order);
  return resultOf(order);
}

/**
 * An order's story, from acceptance to its end. Each step is executed while it is due, so that a run which takes an order
 * over goes through the same story from where the order is, and a cancel that is lost goes on with it.
 */
async function processOrder(order: OrderContext): Promise<void> {
  const isActive = () => order.isActive;
  while (!order.isClosed) {
    const { executed } = order;
    const { version } = order.snapshot;
    const compensations = new Compensations();
    await order.work(["reserveStock"], () => order.shipmentIds.length > 0, isActive);

    compensations.register(() => voidPayment(order));
    await order.work(["authorizePayment"], () => !order.is("accepted"), isActive);
    await order.waitUntil(() => !order.is("awaiting_payment") || !order.isActive);
    await order.waitUntil(() => !order.is("awaiting_approval") || !order.isActive);

    compensations.register(() => cancelShipments(order));
    await Promise.all([...order.shipmentIds.map((id) => fulfil(order, id)), capturePayments(order)]);

    await compensations.run(() => order.isAborting);
    await close(order);
    // What fell due while the story waited is executed when the loop begins again.
    const isStill = order.executed === executed && order.snapshot.version === version;
    if (isStill && !order.isClosed) await order.workOnAnything();
  }
  await finish(order);
}

/** One shipment: requested, shipped, delivered. Ends early when the order is aborted meanwhile. */
async function fulfil(order: OrderContext, id: string): Promise<void> {
  await order.work(
    [`requestShipment/${id}`, `cancelShipment/${id}`],
    () => order.isOver(id),
    () => order.isActive,
  );
}

/** The money of all shipments, beside them: a capture without an answer keeps none from being requested or recalled. */
async function capturePayments(order: OrderContext): Promise<void> {
  await order.work(
    [...captures(order), "voidPayment"],
    () => order.shipmentIds.every((id) => order.isOver(id)),
    () => order.isActive,
  );
}

/**
 * Recalls every shipment, also while the outcome of another one's recall, or of a capture, is unknown or refused (E5).
 * Whether the warehouse has a shipment at all is found out first.
 */
async function cancelShipments(order: OrderContext): Promise<void> {
  const isDone = () => !order.shipmentIds.some((id) => order.isRequested(id));
  const work = (steps: string[]) => order.work(steps, isDone, () => order.isAborting);
  const recalls = order.shipmentIds.map((id) => [`requestShipment/${id}`, `cancelShipment/${id}`]);
  await Promise.all([...recalls.toReversed(), captures(order)].map(work));
}

/** Voids what is authorized; whether a payment was made at all is found out first. What else falls due goes first. */
async function voidPayment(order: OrderContext): Promise<void> {
  const steps = ["authorizePayment", "voidPayment", ...captures(order)];
  await order.work(
    steps,
    () => order.hasOtherSteps(steps),
    () => order.isAborting,
  );
}

/** What left before the order was aborted is paid for all the same. */
function captures(order: OrderContext): string[] {
  return order.shipmentIds.map((id) => `capturePayment/${id}`);
}

/** Closes the order, or waits for whatever else moves it on: a fact, or an operator. */
async function close(order: OrderContext): Promise<void> {
  const steps = ["rejectOrder", "cancelOrder", "completeOrder"];
  await order.work(steps, () => order.isClosed || order.hasOtherSteps(steps));
}

/** What a closed order still owes: its emails, facts that were signalled, and the void of a payment that came late. */
async function finish(order: OrderContext): Promise<void> {
  await order.work(["voidPayment"], () => order.isDrained);
}
