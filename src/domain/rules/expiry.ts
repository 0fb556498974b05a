import { type Change, combine, inSequence, UNCHANGED } from "../change.js";
import { isOpen, operationName } from "../operation.js";
import { balances, findOperation, isActive, type Order } from "../order.js";
import { DEFAULT_AUTHORIZATION_MS, EXPIRY_MARGIN_MS } from "../policy.js";
import { isToCome } from "../shipment.js";
import { canMove } from "../status.js";
import { begin } from "./operate.js";
import { raise } from "./raise-attention.js";
import { deliveryStep, recalled, recordShipment } from "./shipment-report.js";
import { append, fail, moveTo } from "./transition.js";

export interface Deadline {
  kind: "payment" | "approval" | "authorization";
  /** Epoch milliseconds. */
  at: number;
}

/** The next moment at which an active order expires, if nothing happens before. */
export function deadlineOf(order: Order): Deadline | null {
  if (!isActive(order)) return null;
  const authorization = authorizationDeadline(order);
  switch (order.status) {
    case "awaiting_payment":
      return { kind: "payment", at: ownDeadline(order) };
    case "awaiting_approval": {
      const approval = { kind: "approval", at: ownDeadline(order) } as const;
      return authorization && authorization.at < approval.at ? authorization : approval;
    }
    case "confirmed":
    case "partially_shipped":
      return authorization;
    default:
      return null;
  }
}

/** Who waits for a customer or an operator waits until then. */
function ownDeadline({ status, deadline }: Order): number {
  if (deadline === null) throw new Error(`an order that is ${status} has no deadline`);
  return deadline;
}

/** 12 h before the provider drops the authorization, while something that needs it is still to come (E9). */
function authorizationDeadline(order: Order): Deadline | null {
  const entry = order.ledger.find(({ name }) => name === operationName.authorize);
  if (!entry || balances(order).held === 0 || !order.shipments.some((shipment) => isExpirable(order, shipment.id)))
    return null;
  const endsAt = order.payment.captureBefore ?? entry.postedAt + DEFAULT_AUTHORIZATION_MS;
  return { kind: "authorization", at: endsAt - EXPIRY_MARGIN_MS };
}

function isExpirable(order: Order, shipmentId: string): boolean {
  const shipment = order.shipments.find(({ id }) => id === shipmentId);
  return shipment !== undefined && isToCome(shipment) && !findOperation(order, operationName.recall(shipmentId));
}

function isDue(order: Order, kind: Deadline["kind"], now: number): boolean {
  const deadline = deadlineOf(order);
  return deadline !== null && deadline.kind === kind && now >= deadline.at;
}

/** The customer did not act in time. What the provider still holds is voided before the order closes. */
export function expirePayment(order: Order, now: number): Change {
  return isDue(order, "payment", now)
    ? combine(fail("payment_expired"), append("payment.expired", "system"))
    : UNCHANGED;
}

export function expireApproval(order: Order, now: number): Change {
  return isDue(order, "approval", now)
    ? combine(fail("approval_expired"), append("approval.expired", "system"))
    : UNCHANGED;
}

/**
 * The provider is about to drop the authorization. An order of which nothing shipped is aborted; of any other, what has
 * not shipped is recalled.
 */
export function expireAuthorization(order: Order, now: number): Change {
  if (!isDue(order, "authorization", now)) return UNCHANGED;
  const expiring = append("authorization.expiring", "system");
  if (canMove(order.status, "cancelling"))
    return combine(expiring, fail("authorization_expired"), moveTo(order, "cancelling", now));
  return inSequence(
    order,
    () => expiring,
    ...order.shipments.filter(isToCome).map(
      ({ id }) =>
        (next: Order) =>
          recallExpired(next, id, now),
    ),
  );
}

function recallExpired(order: Order, id: string, now: number): Change {
  const wasRequested = isOpen(findOperation(order, operationName.request(id)));
  const isPending = order.shipments.some((shipment) => shipment.id === id && shipment.status === "pending");
  if (!isPending || wasRequested) return begin(order, operationName.recall(id), now);
  return recordShipment(order, recalled(id), now);
}

/** A shipment left and did not arrive in time: an operator is needed. */
export function recordLateDelivery(order: Order, shipmentId: string, now: number): Change {
  const shipment = order.shipments.find(({ id }) => id === shipmentId);
  if (shipment?.status !== "shipped") return UNCHANGED;
  const { captured, refunded } = balances(order);
  const step = deliveryStep(shipmentId);
  if (order.attentions.some((attention) => attention.step === step)) return UNCHANGED;
  return raise(order, { step, cause: "delivery_overdue", amount: captured - refunded }, now);
}
