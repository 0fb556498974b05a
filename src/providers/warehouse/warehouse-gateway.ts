import type { ShipTo } from "../../domain/order-request.js";
import type { ShipmentLine, ShipmentReport } from "../../domain/shipment.js";

export interface ShipmentRequest {
  key: string;
  id: string;
  orderId: string;
  warehouse: string;
  lines: readonly ShipmentLine[];
  shipTo: ShipTo;
}

/** The warehouse. Each call returns a fact or throws a ProviderError. */
export interface WarehouseGateway {
  request(request: ShipmentRequest, timeoutMs: number): Promise<ShipmentReport>;
  /** Cancels a shipment; one that has left is returned as it is. Until it is cancelled or gone the outcome is unknown. */
  recall(id: string, key: string, timeoutMs: number): Promise<ShipmentReport>;
  /** The shipment as the warehouse knows it; null when it knows none. */
  retrieve(id: string, timeoutMs: number): Promise<ShipmentReport | null>;
}
