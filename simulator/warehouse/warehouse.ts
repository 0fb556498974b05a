import { isDeepStrictEqual } from "node:util";
import type { About } from "../fault-script.js";
import { randomToken } from "../random-token.js";
import type { EventOutbox, EventRecord } from "../webhooks/event-outbox.js";
import { type HttpResponse, jsonResponse, notExecuted } from "../http-response.js";
import type { SimulatorState } from "../state.js";
import { type Shipment, ShipmentRequest, type ShipmentStatus, shownShipment } from "./shipment-record.js";

/** Accepts shipments, ships and delivers them after a delay unless held, and recalls them until they have left. */
export class Warehouse {
  private readonly state: SimulatorState;
  private readonly outbox: EventOutbox;
  private shipments = new Map<string, Shipment>();
  private byOrder = new Map<string, Shipment[]>();
  private readonly moving = new Set<Shipment>();

  constructor(state: SimulatorState, outbox: EventOutbox) {
    this.state = state;
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

  accept(body: unknown, key: string | null): HttpResponse {
    const request = ShipmentRequest.safeParse(body);
    if (!request.success) return notExecuted(jsonResponse(422, { error: "id, orderId and lines are needed" }));
    const known = this.shipments.get(request.data.id);
    // The caller chooses the id: the same request again returns the same shipment.
    if (known) return sameShipment(known, request.data) ? jsonResponse(201, shownShipment(known)) : ID_TAKEN;
    const shipment = newShipment(request.data);
    this.keep(shipment);
    this.record("shipment", shipment, key);
    return jsonResponse(201, shownShipment(shipment));
  }

  recall(shipment: Shipment | undefined, key: string | null): HttpResponse {
    if (!shipment) return NO_SUCH_SHIPMENT;
    if (shipment.status === "shipped" || shipment.status === "delivered") {
      return jsonResponse(409, { error: "already shipped", status: shipment.status });
    }
    if (shipment.status !== "cancelled") {
      shipment.status = "cancelled";
      this.moving.delete(shipment);
      this.record("recall", shipment, key);
    }
    return jsonResponse(200, shownShipment(shipment));
  }

  /** Advances a shipment; returns false when its status does not allow the move. */
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
    this.state.changed();
    return true;
  }

  /** Advances every shipment whose delay has passed, unless it is held. */
  advanceDue(now: number): void {
    const { shipDelayMs, deliverDelayMs } = this.state.config;
    for (const shipment of this.moving) {
      const accepted = shipment.status === "accepted";
      const due = shipment.movedAt + (accepted ? shipDelayMs : deliverDelayMs);
      if (due <= now && !this.state.held(aboutShipment(shipment)))
        this.advance(shipment, accepted ? "shipped" : "delivered");
    }
  }

  event(type: string, shipment: Shipment): EventRecord {
    const { id, orderId, carrier, trackingNumber, trackingUrl, reason } = shipment;
    const data = {
      id,
      orderId,
      ...(type === "shipment.shipped" ? { carrier, trackingNumber, trackingUrl } : {}),
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
    shipment.trackingUrl ??= `https://parcel.example/${shipment.trackingNumber}`;
  }

  private record(kind: "shipment" | "recall", { id, orderId, lines }: Shipment, key: string | null): void {
    this.state.effect({ kind, order: orderId, key, shipment: id, lines });
  }
}

export const SHIPMENT_MOVES = ["shipped", "delivered", "failed"] as const;
export type ShipmentMove = (typeof SHIPMENT_MOVES)[number];

const PREDECESSORS: Record<ShipmentMove, readonly ShipmentStatus[]> = {
  shipped: ["accepted"],
  delivered: ["accepted", "shipped"],
  failed: ["accepted", "shipped"],
};

export const NO_SUCH_SHIPMENT = jsonResponse(404, { error: "no such shipment" });
const ID_TAKEN = jsonResponse(409, { error: "another shipment has this id" });

export function aboutShipment({ orderId, lines }: Shipment): About {
  return { order: orderId, sku: lines.map((line) => line.sku) };
}

function sameShipment(known: Shipment, request: ShipmentRequest): boolean {
  return known.orderId === request.orderId && isDeepStrictEqual(known.lines, request.lines);
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
    trackingUrl: null,
    reason: null,
    movedAt: Date.now(),
  };
}
