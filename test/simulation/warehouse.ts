import type { ShipmentReport } from "../../src/domain/shipment.js";
import type { ShipmentRequest } from "../../src/providers/warehouse/warehouse-gateway.js";
import { ProviderError } from "../../src/providers/provider-error.js";

export interface KeptShipment {
  id: string;
  orderId: string;
  status: ShipmentReport["status"];
  /** Where it goes; null for one that was entered by hand. */
  shipTo: ShipmentRequest["shipTo"] | null;
  /** Whether the warehouse ever said that it does not leave. */
  wasStopped: boolean;
}

export interface WarehouseListener {
  /** The warehouse took a shipment over. */
  accepted(shipment: KeptShipment): void;
  changed(shipment: KeptShipment): void;
}

/** A warehouse: one shipment for an id; a recall stops what has not left. */
export class Warehouse {
  readonly shipments = new Map<string, KeptShipment>();
  private readonly refused = new Set<string>();
  private readonly listener: WarehouseListener;

  constructor(listener: WarehouseListener) {
    this.listener = listener;
  }

  request({ id, orderId, shipTo, key }: ShipmentRequest): ShipmentReport {
    if (this.refused.has(key)) throw new ProviderError("rejected", "refused");
    const known = this.shipments.get(id);
    if (known) return reportOf(known);
    const shipment: KeptShipment = { id, orderId, status: "accepted", shipTo, wasStopped: false };
    this.shipments.set(id, shipment);
    this.listener.accepted(shipment);
    return reportOf(shipment);
  }

  /** Refuses a request for good; what was done under the key before stays the answer. */
  refuse(id: string, key: string, done: KeptShipment["status"] | null): ShipmentReport {
    const shipment = this.shipments.get(id);
    if (shipment && (done === null || shipment.status === done)) return reportOf(shipment);
    this.refused.add(key);
    throw new ProviderError("rejected", "refused");
  }

  recall(id: string, key: string): ShipmentReport {
    if (this.refused.has(key)) throw new ProviderError("rejected", "refused");
    const shipment = this.shipments.get(id);
    if (!shipment) throw new ProviderError("unauthorized", "http_404");
    if (shipment.status === "accepted") Object.assign(shipment, { status: "cancelled", wasStopped: true });
    return reportOf(shipment);
  }

  retrieve(id: string): ShipmentReport | null {
    const shipment = this.shipments.get(id);
    return shipment ? reportOf(shipment) : null;
  }

  /** A shipment leaves, arrives or fails; what was recalled does none of these. */
  move(id: string, status: "shipped" | "delivered" | "failed"): boolean {
    const shipment = this.shipments.get(id);
    if (!shipment || !NEXT[shipment.status].includes(status)) return false;
    shipment.status = status;
    shipment.wasStopped ||= status === "failed";
    this.listener.changed({ ...shipment });
    return true;
  }

  /** By hand, by an operator's word. */
  enter(id: string, orderId: string, status: "accepted" | "cancelled"): void {
    const known = this.shipments.get(id);
    if (known && (status === "accepted" || known.status !== "accepted")) return;
    const shipment: KeptShipment = known ?? { id, orderId, status, shipTo: null, wasStopped: status === "cancelled" };
    shipment.status = status;
    this.shipments.set(id, shipment);
    if (status === "accepted") this.listener.accepted(shipment);
  }
}

const NEXT: Record<KeptShipment["status"], readonly KeptShipment["status"][]> = {
  accepted: ["shipped", "failed"],
  shipped: ["delivered", "failed"],
  delivered: [],
  cancelled: [],
  /** One that failed or was recalled and turns up again. */
  failed: ["shipped"],
};

export function reportOf({ id, orderId, status }: KeptShipment): ShipmentReport {
  const hasLeft = status === "shipped" || status === "delivered";
  return { id, orderId, status, carrier: hasLeft ? "DHL" : null, trackingNumber: hasLeft ? "JD01" : null };
}
