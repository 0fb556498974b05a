export const SHIPMENT_STATUSES = ["pending", "requested", "shipped", "delivered", "failed", "recalled"] as const;

/** `pending` was not handed to the warehouse yet; `failed` and `recalled` never ship. */
export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];

export interface ShipmentLine {
  sku: string;
  quantity: number;
}

export interface Shipment {
  id: string;
  warehouse: string;
  /** Its place in the order, from 1. */
  position: number;
  status: ShipmentStatus;
  lines: readonly ShipmentLine[];
  /** Its part of the order's total, minor units. */
  share: number;
  carrier: string | null;
  trackingNumber: string | null;
  /** Where the carrier shows the parcel: an https URL. */
  trackingUrl: string | null;
  /** Epoch milliseconds. */
  requestedAt: number | null;
  shippedAt: number | null;
  deliveredAt: number | null;
  /** What the warehouse reported after the shipment had failed or had been recalled. */
  lateReport: "shipped" | "delivered" | "failed" | null;
}

/** What the warehouse says of a shipment. */
export interface ShipmentReport {
  id: string;
  /** The order it was requested for, where the warehouse says so. */
  orderId: string | null;
  status: "accepted" | "shipped" | "delivered" | "cancelled" | "failed";
  carrier: string | null;
  trackingNumber: string | null;
  /** Absent from what a build before 0.3.0 stored. */
  trackingUrl?: string | null;
}

/** What a report without tracking says of it. */
export const UNTRACKED = { carrier: null, trackingNumber: null, trackingUrl: null } as const;

/** It may still leave: the warehouse was not asked yet, or holds it. */
export function isToCome({ status }: Pick<Shipment, "status">): boolean {
  return status === "pending" || status === "requested";
}

/** It failed or was recalled. */
export function isLost({ status }: Pick<Shipment, "status">): boolean {
  return status === "failed" || status === "recalled";
}

/** It is in transit or was delivered. */
export function hasLeft({ status }: Pick<Shipment, "status">): boolean {
  return status === "shipped" || status === "delivered";
}

/** It is lost and never left the warehouse. */
export function neverLeft(shipment: Pick<Shipment, "status" | "shippedAt">): boolean {
  return isLost(shipment) && shipment.shippedAt === null;
}

/** Quantities by SKU, in the order in which the SKUs first appear. */
export function linesBySku(lines: readonly ShipmentLine[]): ShipmentLine[] {
  const quantities = new Map<string, number>();
  for (const line of lines) quantities.set(line.sku, (quantities.get(line.sku) ?? 0) + line.quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}
