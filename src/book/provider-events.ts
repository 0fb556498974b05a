import { type Kysely, type Selectable, sql } from "kysely";
import type { Payment, ProviderRefund } from "../order/payment.js";
import type { WarehouseShipment } from "../order/shipment.js";
import { enqueue } from "./outbox.js";
import type { Notice, Provider, ProviderEventsTable, Tables } from "./tables.js";

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
 * Stores an event once and leaves word for the order's run. An order nobody knows is stored as null. Answers whether
 * it was new.
 */
export async function storeEvent(db: Kysely<Tables>, event: ProviderEvent): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const order =
      event.orderId === null
        ? undefined
        : await trx.selectFrom("orders").select(["id", "tenant"]).where("id", "=", event.orderId).executeTakeFirst();
    const stored = await trx
      .insertInto("provider_events")
      .values({
        provider: event.provider,
        event_id: event.eventId,
        type: event.type,
        order_id: order?.id ?? null,
        fact: JSON.stringify(event.fact),
        applied_at: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (stored.numInsertedOrUpdatedRows !== 1n) return false;
    if (order && event.fact.about !== "nothing") await leaveWord(trx, order, event);
    return true;
  });
}

async function leaveWord(trx: Kysely<Tables>, order: { id: string; tenant: string }, event: ProviderEvent): Promise<void> {
  const notice: Notice = { kind: "event", id: `${event.provider}/${event.eventId}` };
  await enqueue(trx, { tenant: order.tenant, workflow: "order", subjectId: order.id, orderId: order.id }, notice);
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
