import type { ShipTo } from "../../domain/order-request.js";
import type { ShipmentLine, WarehouseShipment } from "../../domain/shipment.js";

export interface ShipmentRequest {
  key: string;
  id: string;
  orderId: string;
  warehouse: string;
  lines: ShipmentLine[];
  shipTo: ShipTo;
}

/** The warehouse. Each call answers with a fact or throws a ProviderError. */
export interface WarehouseGateway {
  request(request: ShipmentRequest, timeoutMs: number): Promise<WarehouseShipment>;
  /** Takes a shipment back; one that has left answers as it stands. */
  recall(id: string, key: string, timeoutMs: number): Promise<WarehouseShipment>;
  /** The shipment as the warehouse knows it; null when it knows none. */
  track(id: string, timeoutMs: number): Promise<WarehouseShipment | null>;
}
