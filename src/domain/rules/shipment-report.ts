import { change, type Change, combine, inSequence, UNCHANGED } from "../change.js";
import { isOpen, operationName, type ProviderReason } from "../operation.js";
import { findOperation, findShipment, isAborting, openAttention, type Order, requireShipment } from "../order.js";
import { hasLeft, isLost, isToCome, neverLeft, type Shipment, type ShipmentReport, UNTRACKED } from "../shipment.js";
import { canMove, type Status } from "../status.js";
import { refundLostShares } from "./automatic-refund.js";
import { planCapture } from "./capture.js";
import { queueEmail } from "./email-queue.js";
import { raiseMismatch } from "./mismatch.js";
import { decide } from "./operate.js";
import { clear, raise, raiseOnce } from "./raise-attention.js";
import { releaseStock, shippedUnits } from "./stock-units.js";
import { append, fail, moveTo } from "./transition.js";

/** A shipment that never leaves, without the warehouse's word for it. */
export function recalled(id: string): ShipmentReport {
  return { id, orderId: null, status: "cancelled", ...UNTRACKED };
}

/** The attention of a late delivery. */
export const deliveryStep = (shipmentId: string) => `delivery/${shipmentId}`;

/** What the warehouse says of a shipment: its answer, an event or a poll, in any order and any number. */
export function recordShipment(order: Order, report: ShipmentReport, now: number): Change {
  const shipment = findShipment(order, report.id);
  if (!shipment || (report.orderId !== null && report.orderId !== order.id))
    return raiseMismatch(order, "warehouse", report.id, { shipment: report.id, status: report.status }, now);
  if (isLost(shipment) || (shipment.status === "delivered" && report.status === "failed"))
    return recordLateReport(order, shipment, report, now);
  switch (report.status) {
    case "accepted":
      return shipment.status === "pending" ? requested(order, shipment, now) : UNCHANGED;
    case "cancelled":
      return recordLoss(order, shipment, "recalled", now);
    case "failed":
      return recordLoss(order, shipment, "failed", now);
    case "shipped":
      return recordShipped(order, shipment, report, now);
    case "delivered":
      return inSequence(
        order,
        (next) => recordShipped(next, shipment, report, now),
        (next) => recordDelivered(next, shipment.id, now),
      );
  }
}

/** The warehouse took the shipment over, by its answer or by what it reports of it. */
function requested(order: Order, shipment: Shipment, now: number): Change {
  const { id, warehouse } = shipment;
  return inSequence(
    order,
    (next) => decide(next, operationName.request(id), { result: "done", reference: id }),
    (next) => clear(next, operationName.request(id), now),
    () => change({ shipments: [{ ...shipment, status: "requested", requestedAt: now }] }),
    () => append("shipment.requested", "system", { shipment: id, warehouse }),
  );
}

function recordShipped(order: Order, shipment: Shipment, report: ShipmentReport, now: number): Change {
  if (hasLeft(shipment)) return addTracking(shipment, report);
  const { id } = shipment;
  const { carrier, trackingNumber, trackingUrl = null } = report;
  return inSequence(
    order,
    (next) => (shipment.status === "pending" ? requested(next, shipment, now) : UNCHANGED),
    (next) => decideRequests(next, id, "declined", now),
    (next) => patch(next, id, { status: "shipped", shippedAt: now, carrier, trackingNumber, trackingUrl }),
    () => change({ stock: shippedUnits(shipment) }),
    () => append("shipment.shipped", "warehouse", { shipment: id }),
    (next) => (next.status === "cancelling" ? loseCancel(next, id, now) : UNCHANGED),
    (next) => queueEmail(next, "shipped", id, now),
    (next) => planCapture(next, id, now),
    (next) => moveOn(next, now),
  );
}

/** The warehouse reports no carrier with a delivery that came first. */
function addTracking(shipment: Shipment, { carrier, trackingNumber, trackingUrl = null }: ShipmentReport): Change {
  if (shipment.carrier !== null || carrier === null) return UNCHANGED;
  return change({ shipments: [{ ...shipment, carrier, trackingNumber, trackingUrl }] });
}

/** A shipment left after all, and is paid for. What the warehouse does not have is not requested any more. */
function loseCancel(order: Order, shipmentId: string, now: number): Change {
  const neverRequested = order.shipments.filter(
    ({ id, status }) => status === "pending" && !isOpen(findOperation(order, operationName.request(id))),
  );
  return inSequence(
    order,
    () => change({ row: { failure: null } }),
    () => append("cancel.lost", "system", { shipment: shipmentId }),
    ...neverRequested.map(
      (shipment) =>
        (next: Order): Change =>
          recordLoss(next, shipment, "recalled", now),
    ),
  );
}

/** Whatever was asked of the warehouse about the shipment is answered by what became of it. */
function decideRequests(order: Order, shipmentId: string, recalled: "done" | "declined", now: number): Change {
  const [request, recall] = [operationName.request(shipmentId), operationName.recall(shipmentId)];
  return inSequence(
    order,
    (next) => decide(next, request, { result: "done", reference: shipmentId }),
    (next) => decide(next, recall, { result: recalled, reference: shipmentId }),
    (next) => clear(next, request, now),
    (next) => clear(next, recall, now),
  );
}

function recordDelivered(order: Order, shipmentId: string, now: number): Change {
  const shipment = requireShipment(order, shipmentId);
  if (shipment.status === "delivered") return UNCHANGED;
  return inSequence(
    order,
    () => change({ shipments: [{ ...shipment, status: "delivered", deliveredAt: now }] }),
    () => append("shipment.delivered", "warehouse", { shipment: shipmentId }),
    (next) => clear(next, deliveryStep(shipmentId), now),
  );
}

/** The shipment never arrives. Units that never left go back, and an order of which nothing ships is aborted. */
function recordLoss(order: Order, shipment: Shipment, status: "failed" | "recalled", now: number): Change {
  const { id } = shipment;
  const left = shipment.shippedAt !== null;
  if (left && status === "recalled") return UNCHANGED; // the recall lost; what was shipped stays shipped
  return inSequence(
    order,
    (next) => decideRequests(next, id, "done", now),
    (next) => patch(next, id, { status }),
    () =>
      status === "failed"
        ? append("shipment.failed", "warehouse", { shipment: id, afterShipping: left })
        : append("shipment.recalled", "warehouse", { shipment: id }),
    (next) => clear(next, deliveryStep(id), now),
    () => (left ? UNCHANGED : releaseStock([shipment])),
    refundLostShares,
    (next) => (left ? UNCHANGED : moveOn(next, now)),
  );
}

/**
 * `shipped` once everything that ships has left, `partially_shipped` before; what never ships does not count. A cancel
 * that is lost recalls what it still can before the order leaves `cancelling`. An order of which nothing ships is aborted.
 */
export function moveOn(order: Order, now: number): Change {
  const counting = order.shipments.filter((shipment) => !neverLeft(shipment));
  const left = counting.filter(({ shippedAt }) => shippedAt !== null).length;
  if (counting.length === 0)
    return order.status === "confirmed"
      ? combine(fail("shipment_failed"), moveTo(order, "cancelling", now))
      : UNCHANGED;
  if (left === 0 || (order.status === "cancelling" && counting.some((one) => isBeingRecalled(order, one))))
    return UNCHANGED;
  const to: Status = left === counting.length ? "shipped" : "partially_shipped";
  return canMove(order.status, to) ? moveTo(order, to, now) : UNCHANGED;
}

function isBeingRecalled(order: Order, shipment: Shipment): boolean {
  return isToCome(shipment) && !openAttention(order, operationName.recall(shipment.id));
}

/**
 * A shipment that was recalled or failed has left or arrived, or one that was delivered is reported lost: the record of
 * money and stock stays, and an attention is raised.
 */
function recordLateReport(order: Order, shipment: Shipment, { status }: ShipmentReport, now: number): Change {
  const { id, share, lateReport } = shipment;
  if (status === "accepted" || status === "cancelled") return UNCHANGED;
  if (status === "failed" && isLost(shipment)) return UNCHANGED;
  if (lateReport === status || lateReport === "delivered") return UNCHANGED;
  if (status === "shipped" && shipment.shippedAt !== null) return UNCHANGED; // known before it was lost
  return inSequence(
    order,
    (next) => patch(next, id, { lateReport: status }),
    () => append("shipment.late", "warehouse", { shipment: id, status }),
    (next) => raiseOnce(next, { step: `late/${id}`, cause: "late_report", amount: share }, now),
  );
}

function patch(order: Order, id: string, changes: Partial<Shipment>): Change {
  return change({ shipments: [{ ...requireShipment(order, id), ...changes }] });
}

/** The warehouse refuses to ship: an operator decides, unless the order is aborted and there is nothing to undo. */
export function recordRequestRefusal(order: Order, shipmentId: string, reason: ProviderReason, now: number): Change {
  const name = operationName.request(shipmentId);
  if (!isOpen(findOperation(order, name))) return UNCHANGED;
  if (isAborting(order))
    return inSequence(
      order,
      (next) => decide(next, name, { result: "declined", reason }),
      (next) => recordShipment(next, recalled(shipmentId), now),
    );
  return inSequence(
    order,
    (next) => decide(next, name, { result: "refused", reason }),
    (next) => clear(next, name, now),
    (next) =>
      raise(
        next,
        { step: name, cause: "shipment_refused", amount: requireShipment(next, shipmentId).share, reason },
        now,
      ),
  );
}

/** The warehouse refuses to recall a shipment that it did not ship. */
export function recordRecallRefusal(order: Order, shipmentId: string, reason: ProviderReason, now: number): Change {
  const name = operationName.recall(shipmentId);
  if (!isOpen(findOperation(order, name))) return UNCHANGED;
  return inSequence(
    order,
    (next) => decide(next, name, { result: "refused", reason }),
    (next) => clear(next, name, now),
    (next) =>
      raise(
        next,
        { step: name, cause: "recall_refused", amount: requireShipment(next, shipmentId).share, reason },
        now,
      ),
    (next) => moveOn(next, now),
  );
}
