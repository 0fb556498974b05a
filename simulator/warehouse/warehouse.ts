import { isDeepStrictEqual } from "node:util";
import type { About } from "../fault-script.js";
import { randomToken } from "../random-token.js";
import type { EventOutbox, EventRecord } from "../webhooks/event-outbox.js";
import { type Answer, answer, notExecuted } from "../http-response.js";
import type { WorldState } from "../state.js";
import { type Shipment, ShipmentRequest, type ShipmentStatus, shownShipment } from "./shipment-record.js";

/** Takes shipments, ships and delivers them by itself unless held, recalls them until they left. */
export class WarehouseFloor {
  private readonly world: WorldState;
  private readonly outbox: EventOutbox;
  private shipments = new Map<string, Shipment>();
  private byOrder = new Map<string, Shipment[]>();
  private readonly moving = new Set<Shipment>();

  constructor(world: WorldState, outbox: EventOutbox) {
    this.world = world;
    this.outbox = outbox;
  }

  find(id: string): Shipment | undefined {
    return this.shipments.get(id);
  }

  of(order: string): readonly Shipment[] {
    return this.byOrder.get(order) ?? [];
  }

  all(): Iterable<Shipment> {
    return this.shipments.values();
  }

  accept(body: unknown, key: string | null): Answer {
    const asked = ShipmentRequest.safeParse(body);
    if (!asked.success) return notExecuted(answer(422, { error: "id, orderId and lines are needed" }));
    const known = this.shipments.get(asked.data.id);
    // The id is the caller's: the same shipment again is the same shipment.
    if (known) return sameShipment(known, asked.data) ? answer(201, shownShipment(known)) : OTHER_SHIPMENT;
    const shipment = newShipment(asked.data);
    this.keep(shipment);
    this.note("shipment", shipment, key);
    return answer(201, shownShipment(shipment));
  }

  recall(shipment: Shipment | undefined, key: string | null): Answer {
    if (!shipment) return NO_SUCH_SHIPMENT;
    if (shipment.status === "shipped" || shipment.status === "delivered") {
      return answer(409, { error: "already shipped", status: shipment.status });
    }
    if (shipment.status !== "cancelled") {
      shipment.status = "cancelled";
      this.moving.delete(shipment);
      this.note("recall", shipment, key);
    }
    return answer(200, shownShipment(shipment));
  }

  /** Moves a shipment on; false when it cannot go there from where it stands. */
  advance(
    shipment: Shipment,
    to: ShipmentMove,
    { notify = true, reason = null }: { notify?: boolean; reason?: string | null } = {},
  ): boolean {
    if (!PREDECESSORS[to].includes(shipment.status)) return false;
    shipment.status = to;
    shipment.movedAt = Date.now();
    if (to === "failed") shipment.reason = reason ?? "lost";
    else this.label(shipment);
    if (to !== "shipped") this.moving.delete(shipment);
    const event = this.event(`shipment.${to}`, shipment);
    if (notify) this.outbox.send(event);
    this.world.changed();
    return true;
  }

  /** Whatever has waited long enough goes on by itself, unless it is held. */
  moveOn(now: number): void {
    const { shipDelayMs, deliverDelayMs } = this.world.config;
    for (const shipment of this.moving) {
      const accepted = shipment.status === "accepted";
      const due = shipment.movedAt + (accepted ? shipDelayMs : deliverDelayMs);
      if (due <= now && !this.world.held(aboutShipment(shipment)))
        this.advance(shipment, accepted ? "shipped" : "delivered");
    }
  }

  event(type: string, shipment: Shipment): EventRecord {
    const { id, orderId, carrier, trackingNumber, reason } = shipment;
    const data = {
      id,
      orderId,
      ...(type === "shipment.shipped" ? { carrier, trackingNumber } : {}),
      ...(type === "shipment.failed" ? { reason: reason ?? "lost" } : {}),
    };
    return this.outbox.record({
      provider: "fulfilment",
      type,
      order: orderId,
      about: aboutShipment(shipment),
      body: () => ({ type, timestamp: new Date().toISOString(), data }),
    });
  }

  clear(order?: string): void {
    this.restore(order === undefined ? [] : [...this.shipments.values()].filter(({ orderId }) => orderId !== order));
  }

  restore(shipments: readonly Shipment[]): void {
    this.shipments.clear();
    this.byOrder.clear();
    this.moving.clear();
    for (const shipment of shipments) this.keep(shipment);
  }

  private keep(shipment: Shipment): void {
    this.shipments.set(shipment.id, shipment);
    this.byOrder.set(shipment.orderId, [...this.of(shipment.orderId), shipment]);
    if (shipment.status === "accepted" || shipment.status === "shipped") this.moving.add(shipment);
  }

  private label(shipment: Shipment): void {
    shipment.carrier ??= "Parcel";
    shipment.trackingNumber ??= randomToken("TRK", 10);
  }

  private note(kind: "shipment" | "recall", { id, orderId, lines }: Shipment, key: string | null): void {
    this.world.effect({ kind, order: orderId, key, shipment: id, lines });
  }
}

export const SHIPMENT_MOVES = ["shipped", "delivered", "failed"] as const;
export type ShipmentMove = (typeof SHIPMENT_MOVES)[number];

const PREDECESSORS: Record<ShipmentMove, readonly ShipmentStatus[]> = {
  shipped: ["accepted"],
  delivered: ["accepted", "shipped"],
  failed: ["accepted", "shipped"],
};

export const NO_SUCH_SHIPMENT = answer(404, { error: "no such shipment" });
const OTHER_SHIPMENT = answer(409, { error: "another shipment has this id" });

export function aboutShipment({ orderId, lines }: Shipment): About {
  return { order: orderId, sku: lines.map((line) => line.sku) };
}

function sameShipment(known: Shipment, asked: ShipmentRequest): boolean {
  return known.orderId === asked.orderId && isDeepStrictEqual(known.lines, asked.lines);
}

function newShipment({ id, orderId, warehouse, lines, shipTo }: ShipmentRequest): Shipment {
  return {
    id,
    orderId,
    warehouse: warehouse ?? null,
    lines,
    shipTo: shipTo ?? null,
    status: "accepted",
    carrier: null,
    trackingNumber: null,
    reason: null,
    movedAt: Date.now(),
  };
}
