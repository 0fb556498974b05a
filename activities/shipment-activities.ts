import { updateOrder } from "../src/database/update-order.js";
import { type OpenOperation, isOpen, operationName } from "../src/domain/operation.js";
import { findOperation, findShipment, type Order } from "../src/domain/order.js";
import type { OrderSnapshot } from "../src/domain/order-snapshot.js";
import type { ShipmentReport } from "../src/domain/shipment.js";
import { inSequence, UNCHANGED } from "../src/domain/change.js";
import { begin } from "../src/domain/rules/operate.js";
import { dueSteps } from "../src/domain/rules/next-step.js";
import { recordRecallRefusal, recordRequestRefusal, recordShipment } from "../src/domain/rules/shipment-report.js";
import { snapshotOf } from "../src/domain/rules/snapshot.js";
import type { WarehouseGateway } from "../src/providers/warehouse/warehouse-gateway.js";
import { readDueOrder } from "./read-due-order.js";
import { createCaller, type OutcomeDeps } from "./record-outcome.js";

interface Deps extends OutcomeDeps {
  warehouse: WarehouseGateway;
}

interface OfShipment {
  orderId: string;
  shipmentId: string;
}

/** The warehouse: request a shipment, and cancel it. */
export function createShipmentActivities(deps: Deps) {
  const { database, warehouse } = deps;
  const call = createCaller(deps);

  /** The order and the operation, begun; null where the step is not due any more. */
  const prepare = async (
    orderId: string,
    step: `requestShipment/${string}` | `cancelShipment/${string}`,
    name: string,
  ): Promise<{ order: Order; operation: OpenOperation | null }> => {
    const { order, isDue } = await readDueOrder(database, orderId, step);
    const known = findOperation(order, name);
    if (!isDue || isOpen(known)) return { order, operation: isDue && isOpen(known) ? known : null };
    const rule = (current: Order, now: number) =>
      dueSteps(current).includes(step) ? begin(current, name, now) : UNCHANGED;
    const begun = (await updateOrder(database, order, rule)) ?? order;
    const operation = findOperation(begun, name);
    return { order: begun, operation: isOpen(operation) ? operation : null };
  };

  const contradicts = (orderId: string, shipmentId: string) => (report: ShipmentReport) =>
    report.id !== shipmentId || (report.orderId !== null && report.orderId !== orderId);

  return {
    async requestShipment({ orderId, shipmentId }: OfShipment): Promise<OrderSnapshot> {
      const name = operationName.request(shipmentId);
      const { order, operation } = await prepare(orderId, `requestShipment/${shipmentId}`, name);
      const shipment = findShipment(order, shipmentId);
      if (!operation || !shipment || !order.request) return snapshotOf(order);
      const { warehouse: place, lines } = shipment;
      const { shipTo } = order.request;
      const request = { id: shipmentId, orderId, warehouse: place, lines, shipTo, key: operation.key };
      const requested = await call(
        order,
        operation,
        {
          kind: "request",
          send: (timeoutMs) => warehouse.request(request, timeoutMs),
          lookUp: (timeoutMs) => warehouse.retrieve(shipmentId, timeoutMs),
          contradicts: contradicts(orderId, shipmentId),
        },
        {
          ok: recordRequested,
          rejected: (current, reason, now) => recordRequestRefusal(current, shipmentId, reason, now),
        },
      );
      return snapshotOf(requested);
    },

    async cancelShipment({ orderId, shipmentId }: OfShipment): Promise<OrderSnapshot> {
      const name = operationName.recall(shipmentId);
      const { order, operation } = await prepare(orderId, `cancelShipment/${shipmentId}`, name);
      if (!operation) return snapshotOf(order);
      const cancelled = await call(
        order,
        operation,
        {
          kind: "recall",
          send: (timeoutMs) => warehouse.recall(shipmentId, operation.key, timeoutMs),
          lookUp: async (timeoutMs) => {
            const found = await warehouse.retrieve(shipmentId, timeoutMs);
            return found && found.status !== "accepted" ? found : null;
          },
          contradicts: contradicts(orderId, shipmentId),
        },
        {
          ok: recordShipment,
          rejected: (current, reason, now) => recordRecallRefusal(current, shipmentId, reason, now),
        },
      );
      return snapshotOf(cancelled);
    },
  };
}

/** That the warehouse took it over, and what it says of it besides. */
function recordRequested(order: Order, report: ShipmentReport, now: number) {
  return inSequence(
    order,
    (next) => recordShipment(next, { ...report, status: "accepted" }, now),
    (next) => recordShipment(next, report, now),
  );
}
