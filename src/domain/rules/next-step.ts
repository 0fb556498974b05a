import { blocksRequests } from "../attention.js";
import type { Email } from "../email.js";
import { isOpen, operationName } from "../operation.js";
import { findOperation, isAborting, isActive, isClosed, openAttention, openAttentions, type Order } from "../order.js";
import { hasLeft, type Shipment } from "../shipment.js";
import { shipmentToCapture } from "./capture.js";
import { canCancel, canComplete, canReject } from "./close.js";
import { type Deadline, deadlineOf } from "./expiry.js";
import { awaitsReservation, READ_STEP } from "./reserve.js";
import { RUN_STEP } from "./takeover.js";
import { awaitsCustomer, isVoidDue } from "./void.js";

/** An activity that a run can execute now, as `activity` or `activity/subject`. */
export type DueStep =
  | "reserveStock"
  | "authorizePayment"
  | "voidPayment"
  | `requestShipment/${string}`
  | `cancelShipment/${string}`
  | `capturePayment/${string}`
  | `sendEmail/${string}`
  | "applyEvent"
  | "rejectOrder"
  | "cancelOrder"
  | "completeOrder";

/** Every activity that moves the order on from where it is. */
export function dueSteps(order: Order): DueStep[] {
  return [...factSteps(order), ...ownSteps(order), ...emailSteps(order)];
}

function factSteps(order: Order): DueStep[] {
  return order.facts.length > 0 ? ["applyEvent"] : [];
}

function ownSteps(order: Order): DueStep[] {
  const capture = shipmentToCapture(order);
  const captures: DueStep[] = capture === null ? [] : [`capturePayment/${capture}`];
  if (openAttention(order, RUN_STEP)) return captures;
  return [
    ...(isReservationDue(order) ? (["reserveStock"] as const) : []),
    ...(isAuthorizationDue(order) ? (["authorizePayment"] as const) : []),
    ...order.shipments.flatMap((shipment) => shipmentSteps(order, shipment)),
    ...captures,
    ...(isVoidDue(order) ? (["voidPayment"] as const) : []),
    ...closingSteps(order),
  ];
}

function isReservationDue(order: Order): boolean {
  if (isClosed(order)) return false;
  return order.runId === null || (awaitsReservation(order) && !openAttention(order, READ_STEP));
}

function isAuthorizationDue(order: Order): boolean {
  return !isClosed(order) && isOpen(findOperation(order, operationName.authorize)) && !awaitsCustomer(order);
}

function shipmentSteps(order: Order, shipment: Shipment): DueStep[] {
  const { id, status } = shipment;
  if (isClosed(order)) return [];
  if (status === "pending") return isRequestDue(order, id) ? [`requestShipment/${id}`] : [];
  if (status === "requested") return isRecallDue(order, id) ? [`cancelShipment/${id}`] : [];
  return [];
}

/** One that was begun is asked for until its outcome is known; a new one only while no operator is needed. */
function isRequestDue(order: Order, shipmentId: string): boolean {
  const operation = findOperation(order, operationName.request(shipmentId));
  if (isOpen(operation)) return true;
  const isWanted = isActive(order) && (order.status === "confirmed" || order.status === "partially_shipped");
  return operation === undefined && isWanted && !openAttentions(order).some(blocksRequests);
}

/** An order that is aborting recalls what it can; a recall that was begun is asked for until its outcome is known. */
function isRecallDue(order: Order, shipmentId: string): boolean {
  const operation = findOperation(order, operationName.recall(shipmentId));
  return isOpen(operation) || (operation === undefined && isAborting(order));
}

function closingSteps(order: Order): DueStep[] {
  if (canReject(order)) return ["rejectOrder"];
  if (canCancel(order)) return ["cancelOrder"];
  return canComplete(order) ? ["completeOrder"] : [];
}

/** A refund's email is its own run's to send. */
function emailSteps(order: Order): DueStep[] {
  return order.emails.filter(isEmailDue).map(({ kind, about }) => `sendEmail/${kind}/${about}` as const);
}

function isEmailDue(email: Email): boolean {
  return email.status === "queued" && email.kind !== "refunded";
}

/** A due activity of which no call is in progress: the order's run executes it at once, unless it does not know of it. */
export function unstartedStep(order: Order): DueStep | null {
  if (order.operations.some(isOpen)) return null;
  return ownSteps(order)[0] ?? null;
}

/** What an order waits for when no activity moves it on. */
export type Wait =
  | { for: "customer" | "decision"; deadline: Deadline | null }
  | { for: "warehouse"; shipmentId: string }
  | { for: "operator"; attentionId: string };

/**
 * What an open order waits for: an activity, a fact or an operator. Never null for an open order: one without a next
 * step is stuck, and reconciliation says so.
 */
export function nextStepOf(order: Order): DueStep | Wait | null {
  const [due] = dueSteps(order);
  if (due) return due;
  const deadline = deadlineOf(order);
  if (order.status === "awaiting_payment" && isActive(order)) return { for: "customer", deadline };
  if (order.status === "awaiting_approval" && isActive(order)) return { for: "decision", deadline };
  const awaited = order.shipments.find((shipment) => awaitsWarehouse(order, shipment));
  if (awaited) return { for: "warehouse", shipmentId: awaited.id };
  const [attention] = openAttentions(order);
  return attention && !isClosed(order) ? { for: "operator", attentionId: attention.id } : null;
}

function awaitsWarehouse(order: Order, shipment: Shipment): boolean {
  if (isClosed(order)) return false;
  if (shipment.status === "requested") return !openAttention(order, operationName.recall(shipment.id));
  return hasLeft(shipment) && shipment.status !== "delivered";
}
