import type { ProviderEvent } from "../../src/domain/fact.js";
import { isOpen } from "../../src/domain/operation.js";
import { findOperation, findShipment, type Order } from "../../src/domain/order.js";
import { signalOf } from "../../src/domain/rules/apply-fact.js";
import { isLost } from "../../src/domain/shipment.js";
import { acceptEvent } from "../../src/services/accept-event.js";
import type { AppProcess } from "./app-process.js";
import type { FaultTable } from "./fault-table.js";
import type { OperationName } from "./faults.js";
import type { HeldPayment, MadeRefund } from "./payment-provider.js";
import type { Random } from "./random.js";
import type { VirtualTime } from "./virtual-time.js";
import { type KeptShipment, reportOf } from "./warehouse.js";

/** An event that comes so long after what it reports is late. */
const LATE_MS = 60_000;
/** A provider that gets no 2xx sends the event again. */
const AGAIN_MS = 10_000;

/** What an event is about: one of the order's operations, by its kind and name. */
interface About {
  operation: OperationName;
  name: string;
}

interface World {
  time: VirtualTime;
  random: Random;
  table: FaultTable;
  api: AppProcess;
  order(): Order;
  log(line: () => string): void;
}

/** How the providers report: before their own answers, in time, late, twice, in any order, or never. */
export class Webhooks {
  private readonly world: World;
  private sent = 0;

  constructor(world: World) {
    this.world = world;
  }

  payment(payment: HeldPayment, type: string): void {
    const { refunded: _refunded, createdAt: _createdAt, ...shown } = payment;
    const { random } = this.world;
    // An event says nothing of the terms. Some speak of another amount than the payment has.
    const amount = random.chance(0.002) ? payment.amount + 1 : payment.amount;
    const fact = { about: "payment", payment: { ...shown, amount, terms: null } } as const;
    this.send({ provider: "stripe", type, orderId: payment.orderId, fact }, this.aboutPayment(payment));
  }

  refund(refund: MadeRefund, orderId: string): void {
    const { paymentReference: _reference, createdAt: _createdAt, ...shown } = refund;
    const event = { provider: "stripe", type: "refund.updated", orderId, fact: { about: "refund", refund: shown } };
    this.send(event as Omit<ProviderEvent, "eventId">, { operation: "refund", name: `refund/${refund.refundId}` });
  }

  shipment(shipment: KeptShipment): void {
    const { id, orderId, status } = shipment;
    const isRecalled = findOperation(this.world.order(), `recall/${id}`) !== undefined;
    const about: About = isRecalled
      ? { operation: "recall", name: `recall/${id}` }
      : { operation: "request", name: `request/${id}` };
    const fact = { about: "shipment", shipment: reportOf(shipment) } as const;
    const known = findShipment(this.world.order(), id);
    this.send({ provider: "fulfilment", type: `shipment.${status}`, orderId, fact }, about, !known || isLost(known));
  }

  /** Accepts an event as the API does; a failure is sent again. */
  async accept(event: ProviderEvent): Promise<void> {
    try {
      await acceptEvent({ database: this.world.api.database }, event);
    } catch {
      this.world.time.schedule(AGAIN_MS, () => void this.accept(event));
    }
  }

  /** Stores what was found out, even where the order knows it. */
  async store({ orderId, fact, ...event }: ProviderEvent): Promise<void> {
    if (orderId === null || fact === null) throw new Error("what is found out is about an order");
    await this.world.api.storeFact({ ...event, orderId, fact }, signalOf(orderId, fact));
  }

  private aboutPayment({ state, received, reference }: HeldPayment): About {
    const order = this.world.order();
    if (state === "voided") {
      const isLate = findOperation(order, "void/late") !== undefined;
      return { operation: "void", name: isLate ? "void/late" : "void" };
    }
    if (received === 0) return { operation: "authorize", name: "authorize" };
    const capture =
      order.operations.find((one) => one.name.startsWith("capture/") && isOpen(one)) ??
      order.operations.findLast((one) => one.name.startsWith("capture/") && one.outcome?.reference === reference);
    return { operation: "capture", name: capture?.name ?? "capture" };
  }

  /** @param isLast the provider is not polled about it any more. */
  private send(event: Omit<ProviderEvent, "eventId">, about: About, isLast = false): void {
    const { random, time } = this.world;
    const eventId = `evt_${++this.sent}`;
    const happenedAt = time.now;
    // What outruns the answer to a call is the more likely, the rarer the call.
    const isEarly = about.operation === "recall" && random.chance(0.5);
    const drawn = isEarly ? 0.2 : random.next();
    if (drawn < 0.08 && !isLast) return; // lost: a poll or the reconciliation finds out
    const times = random.chance(0.1) ? 2 : 1;
    for (let copy = 0; copy < times; copy++) {
      const delayMs =
        drawn < 0.33
          ? random.between(0, 2)
          : drawn < 0.75
            ? random.between(80, 3_000)
            : random.spread(LATE_MS, 7_200_000);
      time.schedule(delayMs, () => {
        this.count(about, happenedAt);
        this.world.log(() => `event ${eventId} ${event.type}, ${time.now - happenedAt} ms after`);
        void this.accept({ ...event, eventId });
      });
    }
  }

  private count({ operation, name }: About, happenedAt: number): void {
    const { table, time } = this.world;
    const known = findOperation(this.world.order(), name);
    if (isOpen(known)) table.hit(operation, "early event");
    else if (known?.outcome && time.now - happenedAt >= LATE_MS) table.hit(operation, "late event");
  }
}
