import { type Kysely, type Selectable, type UpdateObject, sql } from "kysely";
import type { MailKind } from "../domain/email.js";
import type { OpenOrder } from "./open-order.js";
import type { MailsTable, Tables } from "./schema.js";

export type MailRow = Selectable<MailsTable>;

export interface MailRef {
  kind: MailKind;
  about: string;
}

export async function findMail(db: Kysely<Tables>, orderId: string, { kind, about }: MailRef): Promise<MailRow | null> {
  const found = await db
    .selectFrom("mails")
    .selectAll()
    .where("order_id", "=", orderId)
    .where("kind", "=", kind)
    .where("about", "=", about)
    .executeTakeFirst();
  return found ?? null;
}

/** How long after a send of unknown outcome the one repeat goes out (E6). */
export const REPEAT_AFTER_MS = 10_000;

/** Marks a send as begun, before anything is sent; false when one was begun before and never came to a known end. */
export async function beginSend(db: Kysely<Tables>, orderId: string, mail: MailRef): Promise<boolean> {
  const begun = await change(db, orderId, mail, { attempted_at: sql<Date>`now()` })
    .where("status", "=", "queued")
    .where("attempted_at", "is", null)
    .executeTakeFirst();
  return begun.numUpdatedRows === 1n;
}

/** Begins the one repeat of a send whose outcome is unknown; false when it is under way or was made already. */
export async function beginRepeat(db: Kysely<Tables>, orderId: string, mail: MailRef, firstAt: Date): Promise<boolean> {
  const begun = await change(db, orderId, mail, { attempted_at: sql<Date>`now()`, repeated: true })
    .where("status", "=", "queued")
    .where("attempted_at", "<", new Date(firstAt.getTime() + 1)) // the book counts microseconds
    .where("repeated", "=", false)
    .executeTakeFirst();
  return begun.numUpdatedRows === 1n;
}

/**
 * The server refused for now: nothing went out, and the send is as if never begun. Of a repeat (`firstAt`: when the send
 * that it repeats was begun) that one stays unknown, and the repeat is still to be made.
 */
export async function recordDelayed(
  db: Kysely<Tables>,
  orderId: string,
  mail: MailRef,
  firstAt: Date | null,
): Promise<void> {
  await change(db, orderId, mail, { attempted_at: firstAt, repeated: false }).where("status", "=", "queued").execute();
}

/** Whether it went out is not known, and after the one repeat nobody tries again. */
export async function recordUnknownSend(order: OpenOrder, mail: MailRef, last: boolean): Promise<void> {
  if (last) await update(order, mail, { status: "unknown" });
  order.tell("mail.unknown", "system", { kind: mail.kind, last });
}

export function recordSent(order: OpenOrder, mail: MailRef): void {
  order.note("sent", mail);
  order.tell("mail.sent", "system", { kind: mail.kind });
}

export async function recordMailRefusal(order: OpenOrder, mail: MailRef, reason: string): Promise<void> {
  await update(order, mail, { status: "refused" });
  order.tell("mail.refused", "system", { kind: mail.kind, reason });
}

async function update(order: OpenOrder, mail: MailRef, changes: UpdateObject<Tables, "mails">): Promise<void> {
  await change(order.trx, order.id, mail, changes).execute();
}

function change(db: Kysely<Tables>, orderId: string, { kind, about }: MailRef, changes: UpdateObject<Tables, "mails">) {
  return db
    .updateTable("mails")
    .set(changes)
    .where("order_id", "=", orderId)
    .where("kind", "=", kind)
    .where("about", "=", about);
}
