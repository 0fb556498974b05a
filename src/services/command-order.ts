import { findCommand, insertCommand } from "../database/commands.js";
import type { OpenOrder } from "../database/open-order.js";
import type { OrderBook } from "../database/order-book.js";
import { type Intention, purged, reused, unknownOrder } from "./keyed-request.js";

type Operation = Parameters<typeof insertCommand>[1]["operation"];

/** A keyed command on an order: what the status allows, and what it changes at once. */
export interface Command<T> {
  operation: Operation;
  /** Throws a Refusal when the order's state does not allow it; changes what is to change now. */
  carryOut(order: OpenOrder, body: T): Promise<void>;
}

/**
 * Claims a command in the book, under its order's lock: parent first, then the look-up by key, then validation, then
 * the state (K3). A refused command leaves no trace. Answers whether it is a repeat.
 */
export async function commandOrder<T>(
  book: OrderBook,
  orderId: string,
  intention: Intention<T>,
  command: Command<T>,
): Promise<{ replayed: boolean }> {
  const result = await book.change(orderId, async (order) => {
    checkParent(order, intention.tenant);
    const standing = await findCommand(order.trx, intention.id);
    if (standing) {
      if (!intention.matches({ version: standing.fingerprint_version, digest: standing.fingerprint })) throw reused();
      return { replayed: true };
    }
    await command.carryOut(order, intention.validate());
    await insertCommand(order, {
      id: intention.id,
      operation: command.operation,
      fingerprint: intention.fingerprint,
      body: intention.raw,
      actor: intention.actor,
    });
    return { replayed: false };
  });
  if (!result) throw unknownOrder();
  if (!result.replayed) book.bell.ring("idem_outbox");
  return result;
}

/** Foreign orders are unknown; purged ones are gone. */
export function checkParent(order: OpenOrder, tenant: string): void {
  if (order.row.tenant !== tenant) throw unknownOrder();
  if (order.row.purged_at !== null) throw purged();
}
