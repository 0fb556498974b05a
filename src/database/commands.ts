import { type Kysely, type Selectable, sql } from "kysely";
import type { Actor } from "../domain/timeline.js";
import type { OpenOrder } from "./open-order.js";
import { enqueue } from "./outbox.js";
import type { CommandsTable, Tables } from "./schema.js";

export type CommandRow = Selectable<CommandsTable>;

export async function findCommand(db: Kysely<Tables>, id: string): Promise<CommandRow | null> {
  return (await db.selectFrom("commands").selectAll().where("id", "=", id).executeTakeFirst()) ?? null;
}

interface NewCommand {
  id: string;
  operation: "cancel-order" | "decide-order" | "resolve-order";
  fingerprint: { version: number; digest: Buffer };
  body: Buffer;
  actor: Actor;
}

/** Stores a command and leaves word for the order's run. The caller holds the order's lock and has checked its state. */
export async function insertCommand(order: OpenOrder, command: NewCommand): Promise<void> {
  await order.trx
    .insertInto("commands")
    .values({
      id: command.id,
      order_id: order.id,
      operation: command.operation,
      fingerprint: command.fingerprint.digest,
      fingerprint_version: command.fingerprint.version,
      body: command.body,
      actor: command.actor,
      applied_at: null,
    })
    .execute();
  const { tenant } = order.row;
  await enqueue(
    order.trx,
    { tenant, workflow: "order", subjectId: order.id, orderId: order.id },
    { kind: "command", id: command.id },
  );
}

export async function hasOpenCommand(order: OpenOrder, operation: string): Promise<boolean> {
  const open = await order.trx
    .selectFrom("commands")
    .select("id")
    .where("order_id", "=", order.id)
    .where("operation", "=", operation)
    .where("applied_at", "is", null)
    .executeTakeFirst();
  return open !== undefined;
}

/** Marks a command applied; false when it was before. */
export async function takeCommand(db: Kysely<Tables>, id: string): Promise<boolean> {
  const taken = await db
    .updateTable("commands")
    .set({ applied_at: sql<Date>`now()` })
    .where("id", "=", id)
    .where("applied_at", "is", null)
    .executeTakeFirst();
  return taken.numUpdatedRows === 1n;
}
