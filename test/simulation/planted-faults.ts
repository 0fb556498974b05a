import { updateOrder } from "../../src/database/update-order.js";
import { change, type Change, inSequence, UNCHANGED } from "../../src/domain/change.js";
import { isOpen, nextRound, operationName } from "../../src/domain/operation.js";
import { findOperation, isActive, openAttentions, type Order } from "../../src/domain/order.js";
import type { Payment } from "../../src/domain/payment.js";
import { beginCapture, recordCapture, recordCaptureRefusal } from "../../src/domain/rules/capture.js";
import { recordShipment, recalled } from "../../src/domain/rules/shipment-report.js";
import { refundSnapshotOf, snapshotOf } from "../../src/domain/rules/snapshot.js";
import { beginVoid, recordVoid } from "../../src/domain/rules/void.js";
import { providerReason } from "../../src/providers/provider-error.js";
import { runOrder } from "../../workflows/process-order.js";
import { processRefund } from "../../workflows/refund-workflow.js";
import type { Runtime } from "../../workflows/runtime.js";
import type { Plant, PlantedWorld } from "./plant.js";

/** A story, a runtime or an activity that is wrong, and what the simulation has to say of it. */
export interface PlantedFault {
  name: string;
  plant: Plant;
  finds: RegExp;
}

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: "a payment is recorded as voided and the provider is not asked to",
    plant: {
      activities: (_, { database }) => ({
        voidPayment: async ({ orderId }) =>
          changed(database, orderId, (order, now) =>
            inSequence(
              order,
              (next) => beginVoid(next, now),
              (next) => recordVoid(next, paymentOf(next, { state: "voided" }), now),
            ),
          ),
      }),
    },
    finds: /the provider (still )?holds \d+/,
  },
  {
    name: "a shipment is recorded as recalled and the warehouse is not asked to",
    plant: {
      activities: (_, { database }) => ({
        cancelShipment: async ({ orderId, shipmentId }) =>
          changed(database, orderId, (order, now) => recordShipment(order, recalled(shipmentId), now)),
      }),
    },
    finds: /left although the order says recalled/,
  },
  {
    name: "a run ignores its signals",
    plant: { runtime: (runtime) => replaced(runtime, { onSignal() {} }) },
    finds: /applyEvent is due, and was not attended to|after 40 days it is still/,
  },
  {
    name: "a run ends once its order is confirmed",
    plant: { stories: { order: untilConfirmed } },
    finds: /the order's run ended while the order is confirmed/,
  },
  {
    name: "an open attention stops the asking",
    plant: {
      activities: (activities, { order }) => ({
        authorizePayment: async (input) => withoutAttention(order(), () => activities.authorizePayment(input)),
        capturePayment: async (input) => withoutAttention(order(), () => activities.capturePayment(input)),
        requestShipment: async (input) => withoutAttention(order(), () => activities.requestShipment(input)),
      }),
    },
    finds: /is due, and was not attended to for \d+ ms/,
  },
  {
    name: "a capture whose answer is lost counts as refused",
    plant: {
      activities: (activities, { database }) => ({
        capturePayment: async (input) =>
          activities
            .capturePayment(input)
            .catch(() =>
              changed(database, input.orderId, (order, now) =>
                recordCaptureRefusal(order, input.shipmentId, providerReason("no_answer"), now),
              ),
            ),
      }),
    },
    finds: /the provider captured \d+, the order database knows of \d+/,
  },
  {
    name: "a capture is recorded and never made",
    plant: {
      activities: (_, { database }) => ({
        capturePayment: async ({ orderId, shipmentId }) =>
          changed(database, orderId, (order, now) =>
            inSequence(
              order,
              (next) =>
                isOpen(findOperation(next, operationName.capture(shipmentId))) ? UNCHANGED : beginCapture(next, now),
              (next) => recordCapture(next, shipmentId, paymentOf(next, { received: next.total }), now),
            ),
          ),
      }),
    },
    finds: /the provider captured \d+, the order database knows of \d+/,
  },
  {
    name: "a durable activity is abandoned after half a minute",
    plant: { runtime: (runtime) => replaced(runtime, { execute: abandons(runtime) }) },
    finds: /the run \S+ failed: Error: abandoned/,
  },
  {
    name: "a refund's run ends with the first failure",
    plant: {
      stories: {
        refund: (runtime, input) =>
          processRefund(replaced(runtime, { execute: () => Promise.reject(new Error("failed")) }), input).catch(() => ({
            status: "failed",
          })),
      },
    },
    finds: /a refund's run ended while the refund is accepted/,
  },
  {
    name: "an event counts as applied and changes nothing",
    plant: {
      activities: (_, { database }) => ({
        applyEvent: async ({ orderId }) =>
          changed(database, orderId, ({ facts: [oldest] }) =>
            oldest ? change({ applied: [oldest.number] }) : UNCHANGED,
          ),
      }),
    },
    finds: /after 40 days it is still/,
  },
  {
    name: "a run that takes an order over authorizes it again, under another key",
    plant: {
      activities: (activities, { database }) => ({
        takeOverOrder: async (input) => {
          if ((await activities.takeOverOrder(input)) === null) return null;
          return changed(database, input.orderId, (order, now) => {
            const operation = findOperation(order, operationName.authorize);
            return operation && isActive(order) ? change({ operations: [nextRound(operation, now)] }) : UNCHANGED;
          });
        },
      }),
    },
    finds: /2 payments were made for one order/,
  },
  {
    name: "a deadline passes and nothing happens",
    plant: {
      runtime: (runtime) => replaced(runtime, { condition: (fact) => runtime.condition(fact) }),
    },
    finds: /after 40 days it is still awaiting_(payment|approval)/,
  },
  {
    name: "a run asks for something else when it is replayed",
    plant: { runtime: drawsByItself() },
    finds: /asks for something else when it is replayed|was not attended to/,
  },
  {
    name: "a refund is made again where it is not known to have succeeded",
    plant: {
      activities: (activities, { database }) => ({
        refundPayment: async (input) =>
          activities.refundPayment(input).catch(async () => {
            const name = operationName.refund(input.refundId);
            const order = await updateOrder(database, input.orderId, (current, now) => {
              const operation = findOperation(current, name);
              return isOpen(operation) ? change({ operations: [nextRound(operation, now)] }) : UNCHANGED;
            });
            if (!order) throw new Error("the order is not there");
            return refundSnapshotOf(order, input.refundId);
          }),
      }),
    },
    finds: /the provider refunded \d+, the order|refunds? .* is still|refund_refused/,
  },
];

async function changed(
  database: PlantedWorld["database"],
  orderId: string,
  rule: (order: Order, now: number) => Change,
) {
  const order = await updateOrder(database, orderId, rule);
  if (!order) throw new Error("the order is not there");
  return snapshotOf(order);
}

function paymentOf({ id, currency, total, payment }: Order, shown: Partial<Payment>): Payment {
  return {
    ...{ reference: payment.reference ?? "pi_0", orderId: id, state: "captured", amount: total, currency },
    ...{ capturable: 0, received: 0, terms: null, reason: null, actionUrl: null },
    ...shown,
  };
}

async function withoutAttention<T>(order: Order, work: () => Promise<T>) {
  return openAttentions(order).length > 0 ? snapshotOf(order) : work();
}

/** A runtime with some of its methods replaced. */
function replaced(runtime: Runtime, methods: Partial<Runtime>): Runtime {
  return {
    runId: runtime.runId,
    tryInline: (name, ...input) => runtime.tryInline(name, ...input),
    execute: (name, ...input) => runtime.execute(name, ...input),
    condition: (fact, timeout) => runtime.condition(fact, timeout),
    now: () => runtime.now(),
    onSignal: (handler) => runtime.onSignal(handler),
    show: (details) => runtime.show(details),
    ...methods,
  };
}

async function untilConfirmed(runtime: Runtime, orderId: string): Promise<unknown> {
  let isConfirmed = false;
  const show: Runtime["show"] = ({ text }) => {
    isConfirmed ||= text.includes("**confirmed**");
  };
  return Promise.race([runOrder(replaced(runtime, { show }), orderId), runtime.condition(() => isConfirmed)]);
}

function abandons(runtime: Runtime): Runtime["execute"] {
  return (name, ...input) => {
    const inTime = runtime.condition(() => false, { ms: 30_000, summary: "abandon" });
    return Promise.race([
      runtime.execute(name, ...input),
      inTime.then(() => {
        throw new Error("abandoned");
      }),
    ]);
  };
}

/** Every so often an activity is executed durably at once, whichever run it is and however often it was executed. */
function drawsByItself(): (runtime: Runtime) => Runtime {
  let drawn = 0;
  return (runtime) =>
    replaced(runtime, {
      tryInline: (name, ...input) =>
        ++drawn % 5 === 0 ? runtime.execute(name, ...input) : runtime.tryInline(name, ...input),
    });
}
