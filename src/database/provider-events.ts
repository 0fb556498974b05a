import { type Kysely, type Selectable, sql } from "kysely";
import { matchesRequest, type Payment, type ProviderRefund } from "../domain/payment.js";
import type { WarehouseShipment } from "../domain/shipment.js";
import { amountsColumn, type Amounts } from "./ledger.js";
import type { OrderRow } from "./open-order.js";
import { enqueue } from "./outbox.js";
import type { Notice, Provider, ProviderEventsTable, Tables } from "./schema.js";

/** What an event says, in our words and without personal data. */
export type ProviderFact =
  | { about: "payment"; payment: Payment }
  | { about: "shipment"; shipment: WarehouseShipment }
  | { about: "refund"; refund: ProviderRefund }
  | { about: "nothing" };

export interface ProviderEvent {
  provider: Provider;
  eventId: string;
  type: string;
  orderId: string | null;
  fact: ProviderFact;
}

/**
 * Stores an event once and leaves word for the order's run, unless the book knows the news already: then it counts as
 * applied and nobody is woken. An order nobody knows is stored as null. Answers whether word was left.
 */
export async function storeEvent(db: Kysely<Tables>, event: ProviderEvent): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const order = event.orderId === null ? null : await findSubject(trx, event.orderId);
    const isNews = order !== null && event.fact.about !== "nothing" && !isKnown(order, event.fact);
    const stored = await trx
      .insertInto("provider_events")
      .values({
        provider: event.provider,
        event_id: event.eventId,
        type: event.type,
        order_id: order?.id ?? null,
        fact: JSON.stringify(event.fact),
        applied_at: isNews ? null : sql<Date>`now()`,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (stored.numInsertedOrUpdatedRows !== 1n || !isNews) return false;
    const notice: Notice = { kind: "event", id: `${event.provider}/${event.eventId}` };
    await enqueue(trx, { tenant: order.tenant, workflow: "order", subjectId: order.id, orderId: order.id }, notice);
    return true;
  });
}

type Subject = Pick<
  OrderRow,
  "id" | "tenant" | "total" | "currency" | "payment_reference" | "payment_status" | "closed_at"
> & { amounts: Amounts };

async function findSubject(trx: Kysely<Tables>, orderId: string): Promise<Subject | null> {
  const found = await trx
    .selectFrom("orders")
    .select(["id", "tenant", "total", "currency", "payment_reference", "payment_status", "closed_at"])
    .select(({ ref }) => amountsColumn(ref("orders.id")).as("amounts"))
    .where("id", "=", orderId)
    .executeTakeFirst();
  return found ?? null;
}

/** The provider tells what its answer to our own request told before: the usual echo of every step. */
function isKnown(order: Subject, fact: ProviderFact): boolean {
  if (fact.about !== "payment" || fact.payment.reference !== order.payment_reference) return false;
  const { payment } = fact;
  if (!matchesRequest(payment, { orderId: order.id, amount: order.total, currency: order.currency })) return false;
  if (payment.state === "voided") return order.payment_status === "voided";
  if (payment.state === "failed") return order.payment_status === "declined";
  // On an order that ended without taking money, an authorization may be new: it is asked for and let go.
  if (order.closed_at !== null && order.amounts.captured === 0) return false;
  if (payment.state === "authorized") return order.amounts.authorized > 0 && payment.received <= order.amounts.captured;
  return payment.state === "captured" && payment.received > 0 && payment.received <= order.amounts.captured;
}

export async function findEvent(db: Kysely<Tables>, noticeId: string): Promise<Selectable<ProviderEventsTable> | null> {
  const slash = noticeId.indexOf("/");
  const found = await db
    .selectFrom("provider_events")
    .selectAll()
    .where("provider", "=", noticeId.slice(0, slash) as Provider)
    .where("event_id", "=", noticeId.slice(slash + 1))
    .executeTakeFirst();
  return found ?? null;
}

/** Marks an event applied; false when it was before. */
export async function takeEvent(db: Kysely<Tables>, event: Selectable<ProviderEventsTable>): Promise<boolean> {
  const taken = await db
    .updateTable("provider_events")
    .set({ applied_at: sql<Date>`now()` })
    .where("provider", "=", event.provider)
    .where("event_id", "=", event.event_id)
    .where("applied_at", "is", null)
    .executeTakeFirst();
  return taken.numUpdatedRows === 1n;
}
