export const SHIPMENT_STATUSES = ["pending", "requested", "shipped", "delivered", "failed", "recalled"] as const;

/** `pending` was not handed to the warehouse yet; `failed` and `recalled` never ship. */
export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];

/** What the warehouse says of a shipment. */
export interface WarehouseShipment {
  id: string;
  status: "accepted" | "shipped" | "delivered" | "cancelled" | "failed";
  carrier: string | null;
  trackingNumber: string | null;
}

export interface ShipmentLine {
  sku: string;
  quantity: number;
}

/** Whether it may still leave: the warehouse was not asked yet, or holds it. */
export function isToCome(status: ShipmentStatus): boolean {
  return status === "pending" || status === "requested";
}

/** Whether it was lost or taken back. */
export function isGivenUp(status: ShipmentStatus): boolean {
  return status === "failed" || status === "recalled";
}

export function hasLeft(status: ShipmentStatus): boolean {
  return status === "shipped" || status === "delivered";
}

/** Quantities by article, in the order the articles first stand in. */
export function linesBySku(lines: readonly ShipmentLine[]): ShipmentLine[] {
  const quantities = new Map<string, number>();
  for (const line of lines) quantities.set(line.sku, (quantities.get(line.sku) ?? 0) + line.quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}
