import { z } from "zod";

export const ShipmentRequest = z.looseObject({
  id: z.string().min(1),
  orderId: z.string().min(1),
  warehouse: z.string().nullish(),
  lines: z.array(z.looseObject({ sku: z.string(), quantity: z.number() })).min(1),
  shipTo: z.unknown().optional(),
});
export type ShipmentRequest = z.infer<typeof ShipmentRequest>;

const SHIPMENT_STATUSES = ["accepted", "shipped", "delivered", "failed", "cancelled"] as const;
export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];

export interface Shipment {
  id: string;
  orderId: string;
  warehouse: string | null;
  lines: ShipmentRequest["lines"];
  shipTo: unknown;
  status: ShipmentStatus;
  carrier: string | null;
  trackingNumber: string | null;
  trackingUrl: string | null;
  reason: string | null;
  /** When it reached its status, epoch milliseconds. */
  movedAt: number;
}

export type ShownShipment = Omit<Shipment, "movedAt">;

export function shownShipment(shipment: Shipment): ShownShipment {
  const { movedAt: _movedAt, ...shown } = shipment;
  return shown;
}
