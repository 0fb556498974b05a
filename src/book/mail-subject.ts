import type { Kysely } from "kysely";
import type { MailSubject } from "../order/mail.js";
import type { MailRef } from "./mails.js";
import { readBody } from "./order-body.js";
import { findOrder } from "./orders.js";
import { findRefund } from "./refunds.js";
import { findShipment } from "./shipments.js";
import type { Tables } from "./tables.js";

export async function findMailSubject(
  db: Kysely<Tables>,
  orderId: string,
  { kind, about }: MailRef,
): Promise<MailSubject> {
  const row = await findOrder(db, orderId);
  const shipment = kind === "shipped" ? await findShipment(db, about) : null;
  const refund = kind === "refunded" ? await findRefund(db, about) : null;
  return {
    kind,
    orderId,
    order: readBody(row),
    actionUrl: row.payment_action_url,
    failure: row.failure_code,
    shipment: shipment && { carrier: shipment.carrier, trackingNumber: shipment.tracking_number },
    refundAmount: refund?.amount ?? null,
  };
}
