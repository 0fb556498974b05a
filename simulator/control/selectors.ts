import { z } from "zod";
import type { Payment } from "../payments/payment-record.js";
import type { Simulation } from "../simulation.js";
import type { Shipment } from "../warehouse/shipment-record.js";

/** Whom a control is about: all payments or shipments of an order, or one of them. */
export const Choice = z.strictObject({
  order: z.string().optional(),
  payment: z.string().optional(),
  shipment: z.string().optional(),
});
export type Choice = z.infer<typeof Choice>;

export function chosenPayments({ desk }: Simulation, { order, payment }: Choice): Payment[] {
  const one = payment === undefined ? undefined : desk.book.find(payment);
  const chosen = new Set([...(one ? [one] : []), ...(order === undefined ? [] : desk.book.of(order))]);
  return [...chosen];
}

export function chosenShipments({ floor }: Simulation, { order, shipment }: Choice): Shipment[] {
  const one = shipment === undefined ? undefined : floor.find(shipment);
  const chosen = new Set([...(one ? [one] : []), ...(order === undefined ? [] : floor.of(order))]);
  return [...chosen];
}
