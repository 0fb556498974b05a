import type { Kysely } from "kysely";
import type { MailKind, MailSubject } from "../domain/email.js";
import type { MailRef } from "./emails.js";
import { readBody } from "./order-body.js";
import type { OrderRow } from "./open-order.js";
import { findOrder } from "./orders.js";
import { findRefund } from "./refunds.js";
import { findShipment } from "./shipments.js";
import type { Tables } from "./schema.js";

export async function findMailSubject(
  db: Kysely<Tables>,
  orderId: string,
  { kind, about }: MailRef,
): Promise<MailSubject> {
  const row = await findOrder(db, orderId);
  const shipment = kind === "shipped" ? await findShipment(db, about) : null;
  const refund = kind === "refunded" ? await findRefund(db, about) : null;
  return {
    ...orderSubject(row, kind),
    shipment: shipment && { carrier: shipment.carrier, trackingNumber: shipment.tracking_number },
    refundAmount: refund?.amount ?? null,
  };
}

/** What a mail speaks of that is about nothing but the order. */
export function orderSubject(row: OrderRow, kind: MailKind): MailSubject {
  return {
    kind,
    orderId: row.id,
    order: readBody(row),
    actionUrl: row.payment_action_url,
    failure: row.failure_code,
    shipment: null,
    refundAmount: null,
  };
}
