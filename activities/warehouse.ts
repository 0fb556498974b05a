import { readBody } from "../src/database/order-body.js";
import type { OrderBook } from "../src/database/order-book.js";
import { findOrder } from "../src/database/orders.js";
import { recordRequest, recordRequestRefusal, recordShipment } from "../src/database/record-shipment.js";
import { findShipment } from "../src/database/shipments.js";
import { beginStep, decideStep, stepOf } from "../src/database/operations.js";
import type { ShipmentRequest, WarehouseGateway } from "../src/providers/warehouse/warehouse-gateway.js";
import type { OrderFacts } from "../src/domain/order-snapshot.js";
import type { WarehouseShipment } from "../src/domain/shipment.js";
import { askProvider, callTimeout, type Question } from "./call-provider.js";
import { answering } from "./record-outcome.js";

interface OfShipment {
  orderId: string;
  shipmentId: string;
}

/** The warehouse: request and recall, side by side, and a look at what became of a shipment. */
export function createWarehouseActivities({ book, warehouse }: { book: OrderBook; warehouse: WarehouseGateway }) {
  const { db } = book;
  const { record } = answering(book);

  return {
    async requestShipment({ orderId, shipmentId }: OfShipment): Promise<OrderFacts> {
      const row = await findOrder(db, orderId);
      const shipment = await findShipment(db, shipmentId);
      const request = { id: shipmentId, orderId, warehouse: shipment.warehouse, lines: shipment.lines };
      const name = stepOf.request(shipmentId);
      const step = await beginStep(db, orderId, name, { warehouse: shipment.warehouse }, [
        "confirmed",
        "partially_shipped",
      ]);
      if (!step || step.outcome) return book.facts(orderId);
      const { shipTo } = readBody(row);
      return record(orderId, step, {
        cause: "outcome_unknown",
        answer: askProvider(
          step,
          row.policy.lookupAfterMs,
          shipmentRequest(warehouse, { ...request, shipTo, key: step.key }),
        ),
        fact: (order, news) => recordRequest(order, shipment, news),
        refused: (order, reason) => recordRequestRefusal(order, shipmentId, reason),
      });
    },

    async recallShipment({ orderId, shipmentId }: OfShipment): Promise<OrderFacts> {
      const row = await findOrder(db, orderId);
      const { status } = await findShipment(db, shipmentId);
      if (status === "pending")
        return book.changeForRun(orderId, async (order) => {
          await recordShipment(order, takenBack(shipmentId));
        });
      if (status !== "requested") return book.facts(orderId); // taken back by an attempt that was not heard of, or gone
      const name = stepOf.recall(shipmentId);
      const step = await beginStep(db, orderId, name, {}, ["cancelling", "partially_shipped"]);
      if (!step || step.outcome) return book.facts(orderId);
      return record(orderId, step, {
        cause: "outcome_unknown",
        answer: askProvider(step, row.policy.lookupAfterMs, {
          creates: false,
          ask: (timeoutMs) => warehouse.recall(shipmentId, step.key, timeoutMs),
          lookUp: async (timeoutMs) => {
            const news = await warehouse.track(shipmentId, timeoutMs);
            return news && news.status !== "accepted" ? news : null;
          },
        }),
        fact: async (order, news) => {
          await decideStep(order.trx, orderId, name, { result: "done", reference: news.status });
          await recordShipment(order, news);
        },
        refused: async (order, reason) => {
          await decideStep(order.trx, orderId, name, { result: "refused", reference: reason });
          await order.raise(name, "recall_refused", row.total);
        },
      });
    },

    /** Asks how a shipment stands: the news may never come by itself. */
    async trackShipment({ orderId, shipmentId }: OfShipment): Promise<OrderFacts> {
      const news = await warehouse.track(shipmentId, callTimeout());
      if (news === null || (news.status === "accepted" && (await findShipment(db, shipmentId)).status !== "pending"))
        return book.facts(orderId);
      return book.changeForRun(orderId, async (order) => {
        await recordShipment(order, news);
      });
    },
  };
}

export function shipmentRequest(warehouse: WarehouseGateway, request: ShipmentRequest): Question<WarehouseShipment> {
  return {
    creates: true,
    ask: (timeoutMs) => warehouse.request(request, timeoutMs),
    lookUp: (timeoutMs) => warehouse.track(request.id, timeoutMs),
  };
}

/** A shipment the warehouse never heard of needs no word from it. */
function takenBack(id: string): WarehouseShipment {
  return { id, status: "cancelled", carrier: null, trackingNumber: null };
}
