import { change, type Change, combine, type StockDelta, UNCHANGED } from "../change.js";
import type { Shipment } from "../shipment.js";
import { append } from "./transition.js";

/** What reserving a shipment's units changes in stock. */
export function reservedUnits({ warehouse, lines }: Shipment): StockDelta[] {
  return lines.map(({ sku, quantity }) => ({ warehouse, sku, reserved: quantity, onHand: 0 }));
}

/** What it changes when the units leave the warehouse. */
export function shippedUnits(shipment: Shipment): StockDelta[] {
  return reservedUnits(shipment).map((units) => ({ ...units, reserved: -units.reserved, onHand: -units.reserved }));
}

/** Puts back what the shipments had reserved. */
export function releaseStock(shipments: readonly Shipment[]): Change {
  const stock = shipments.flatMap(reservedUnits).map((units) => ({ ...units, reserved: -units.reserved }));
  if (stock.length === 0) return UNCHANGED;
  const [only] = shipments;
  const data = shipments.length === 1 && only ? { shipment: only.id } : {};
  return combine(change({ stock }), append("stock.released", "system", data));
}
