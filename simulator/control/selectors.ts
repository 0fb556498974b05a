import { z } from "zod";
import type { Payment } from "../payments/payment-record.js";
import type { Simulation } from "../simulation.js";
import type { Shipment } from "../warehouse/shipment-record.js";

/** What a control applies to: all payments or shipments of an order, or one of them. */
export const Selector = z.strictObject({
  order: z.string().optional(),
  payment: z.string().optional(),
  shipment: z.string().optional(),
});
export type Selector = z.infer<typeof Selector>;

export function selectPayments({ stripe }: Simulation, { order, payment }: Selector): Payment[] {
  const one = payment === undefined ? undefined : stripe.store.find(payment);
  const selected = new Set([...(one ? [one] : []), ...(order === undefined ? [] : stripe.store.of(order))]);
  return [...selected];
}

export function selectShipments({ warehouse }: Simulation, { order, shipment }: Selector): Shipment[] {
  const one = shipment === undefined ? undefined : warehouse.find(shipment);
  const selected = new Set([...(one ? [one] : []), ...(order === undefined ? [] : warehouse.of(order))]);
  return [...selected];
}
