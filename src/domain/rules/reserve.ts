import { shipmentId } from "../../idempotency/derived-ids.js";
import { allocate, type Allocation, type Availability, type Lack, lackOf } from "../allocation.js";
import { change, type Change, inSequence, UNCHANGED } from "../change.js";
import { operationName } from "../operation.js";
import { isActive, type Order } from "../order.js";
import { prorate } from "../proration.js";
import { linesBySku, type Shipment, UNTRACKED } from "../shipment.js";
import { reject } from "./close.js";
import { confirmOrRequestApproval } from "./confirm.js";
import { begin } from "./operate.js";
import { raise } from "./raise-attention.js";
import { reservedUnits } from "./stock-units.js";
import { append, fail } from "./transition.js";

export interface Reservation {
  /** The run that asks. */
  runId: string;
  /** What is free of the order's SKUs. */
  free: Availability;
  /** Shares are multiples of it, but for the last one: what the payment provider can capture, in minor units. */
  granularity: number;
}

/** The step of an order whose stored form no reader understands. */
export const READ_STEP = "read";

/**
 * Binds the order to its run and reserves its stock, a shipment for each warehouse it comes from; the authorization
 * begins with it. Changes nothing of an order that another run owns.
 */
export function reserve(order: Order, reservation: Reservation, now: number): Change {
  if (order.runId !== null && order.runId !== reservation.runId) return UNCHANGED;
  return inSequence(
    order,
    () => (order.runId === null ? change({ row: { runId: reservation.runId } }) : UNCHANGED),
    (next) => (awaitsReservation(next) ? reserveStock(next, reservation, now) : UNCHANGED),
  );
}

export function awaitsReservation(order: Order): boolean {
  return order.status === "accepted" && isActive(order) && order.shipments.length === 0;
}

function reserveStock(order: Order, { free, granularity }: Reservation, now: number): Change {
  const { request } = order;
  if (!request) return raise(order, { step: READ_STEP, cause: "unreadable", amount: order.total }, now);
  const allocations = allocate(request.lines, free);
  if (!allocations) return refuse(order, lackOf(request.lines, free), now);
  const shares = prorate(request.lines, request.adjustments ?? [], allocations, granularity);
  const shipments = allocations.map((allocation, at) => toShipment(order.id, allocation, at + 1, shareOf(shares, at)));
  return inSequence(
    order,
    () => change({ shipments, stock: shipments.flatMap(reservedUnits) }),
    () => append("stock.reserved", "system", { shipments: shipments.length }),
    (next) =>
      order.total === 0 ? confirmOrRequestApproval(next, now) : begin(next, operationName.authorize, now, order.total),
  );
}

function shareOf(shares: readonly number[], at: number): number {
  const share = shares[at];
  if (share === undefined) throw new Error("a shipment has no share");
  return share;
}

function toShipment(orderId: string, { warehouse, pieces }: Allocation, position: number, share: number): Shipment {
  return {
    id: shipmentId(orderId, warehouse),
    warehouse,
    position,
    status: "pending",
    lines: linesBySku(pieces),
    share,
    ...UNTRACKED,
    requestedAt: null,
    shippedAt: null,
    deliveredAt: null,
    lateReport: null,
  };
}

function refuse(order: Order, { sku, isKnown }: Lack, now: number): Change {
  const code = isKnown ? "out_of_stock" : "unknown_sku";
  return inSequence(
    order,
    () => append("stock.refused", "system", { reason: code, sku }),
    () => fail(code, { code, declineCode: null, message: sku, requestId: null }),
    (next) => reject(next, now),
  );
}
