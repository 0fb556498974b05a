import { change, type Change, combine } from "../change.js";
import { operationName } from "../operation.js";
import { findOperation, isActive, type Order } from "../order.js";
import type { ShipTo } from "../order-request.js";
import type { Shipment } from "../shipment.js";
import type { Actor } from "../timeline.js";
import { append } from "./transition.js";

/** Whether the order is being fulfilled and no warehouse has its address, or may have it. */
export function canChangeAddress(order: Order): boolean {
  return isActive(order) && order.request !== null && order.shipments.every((shipment) => isUnasked(order, shipment));
}

/** A request that was refused has another key in its next round, so it may say something else then. */
function isUnasked(order: Order, { id, status }: Shipment): boolean {
  const request = findOperation(order, operationName.request(id));
  return status === "pending" && (request === undefined || request.outcome?.result === "refused");
}

/** Replaces where the order goes; a shipment that is requested from now on goes there. */
export function changeAddress(order: Order, shipTo: ShipTo, actor: Actor): Change {
  if (!order.request) throw new Error("an order that cannot be read has no address to change");
  return combine(change({ row: { request: { ...order.request, shipTo } } }), append("address.changed", actor));
}
