import type { EffectLedger } from "./effect-ledger.js";
import { NOT_FOUND, type StubResponse } from "./stub-stripe.js";

export interface Shipment {
  id: string;
  orderId: string;
  status: "accepted" | "shipped" | "delivered";
  carrier: string | null;
  trackingNumber: string | null;
}

/** A warehouse that accepts every shipment and has every SKU. It ships nothing by itself. */
export class StubWarehouse {
  private readonly shipments = new Map<string, Shipment>();
  private readonly ledger: EffectLedger;
  private readonly onRequest: (shipment: Shipment) => void;

  constructor(ledger: EffectLedger, onRequest: (shipment: Shipment) => void) {
    this.ledger = ledger;
    this.onRequest = onRequest;
  }

  respond(method: string, path: string, body: string): StubResponse {
    if (method === "POST" && path === "/stock/reservations") return { status: 200, body: { reserved: true } };
    if (method === "POST" && path === "/shipments") return this.request(body);
    const shipment = method === "GET" && this.shipments.get(path.slice("/shipments/".length));
    return shipment ? { status: 200, body: shipment } : NOT_FOUND;
  }

  private request(body: string): StubResponse {
    const { id, orderId } = JSON.parse(body) as { id: string; orderId: string };
    const shipment: Shipment = { id, orderId, status: "accepted", carrier: null, trackingNumber: null };
    const isNew = !this.shipments.has(id);
    this.shipments.set(id, shipment);
    this.ledger.record("shipments", id);
    if (isNew) this.onRequest(shipment);
    return { status: 200, body: shipment };
  }
}
