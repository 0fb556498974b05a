import { change, type Change, inSequence, UNCHANGED } from "../change.js";
import { isActive, type Order } from "../order.js";
import { isLost } from "../shipment.js";
import { isCancellable } from "../status.js";
import type { Actor } from "../timeline.js";
import { append, moveTo } from "./transition.js";

/** Null where it can still be cancelled, or will not be fulfilled anyway; else the code of the refusal. */
export function refuseCancel(order: Order): "order-not-cancellable" | null {
  if (order.status === "cancelling" || order.status === "cancelled" || order.status === "rejected") return null;
  return hasShipped(order) || !isCancellable(order.status) ? "order-not-cancellable" : null;
}

/** A shipment left, by the order or by a report that is stored and not applied yet. */
function hasShipped(order: Order): boolean {
  const reported = order.facts.flatMap((fact) =>
    fact.about === "shipment" && (fact.shipment.status === "shipped" || fact.shipment.status === "delivered")
      ? [fact.shipment.id]
      : [],
  );
  return order.shipments.some(
    (shipment) => shipment.shippedAt !== null || (reported.includes(shipment.id) && !isLost(shipment)),
  );
}

/** Cancelling twice is idempotent; of an order that is being rejected the cancel wins. */
export function requestCancel(order: Order, actor: Actor, now: number): Change {
  const signal = change({ signals: [{ workflow: "order", subjectId: order.id, name: "cancelRequested" }] });
  if (!isCancellable(order.status)) return signal;
  return inSequence(
    order,
    () => change({ row: { failure: null } }),
    (next) => moveTo(next, "cancelling", now),
    () => append("cancel.requested", actor),
    () => signal,
  );
}

/** Aborts an order that can still be cancelled and is not aborting already. */
export function abort(order: Order, now: number): Change {
  return isActive(order) && isCancellable(order.status) ? moveTo(order, "cancelling", now) : UNCHANGED;
}
