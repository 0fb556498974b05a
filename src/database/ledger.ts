import { type Expression, type Kysely, sql } from "kysely";
import type { OpenOrder } from "./open-order.js";
import type { Account, Tables } from "./schema.js";

/** Sums of an order's ledger in minor units. */
export interface Amounts {
  /** What was ever authorized. */
  authorized: number;
  captured: number;
  refunded: number;
  /** What is held now. */
  held: number;
}

/**
 * Moves money between accounts for a step; a repeated step posts nothing. Answers whether it posted. Without the lock it
 * is noted, and what was posted before undoes the whole change.
 */
export async function post(
  order: OpenOrder,
  step: string,
  [credit, debit]: readonly [from: Account, to: Account],
  amount: number,
): Promise<boolean> {
  if (amount === 0) return false;
  if (!order.isLocked) {
    order.note("postings", { step, debit, credit, amount });
    return true;
  }
  const { numInsertedOrUpdatedRows } = await order.trx
    .insertInto("ledger_entries")
    .values({ order_id: order.id, step, debit, credit, amount })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export const HOLD = ["buyer", "held"] as const;
export const RELEASE = ["held", "buyer"] as const;
export const TAKE = ["held", "taken"] as const;
export const GIVE_BACK = ["taken", "buyer"] as const;
/** A refund that came back to us. */
export const RETURNED = ["buyer", "taken"] as const;

/** The sums of some ledger entries. */
export const AMOUNTS = sql<Amounts>`jsonb_build_object(
    'authorized', coalesce(sum(amount) filter (where credit = 'buyer' and debit = 'held'), 0),
    'captured', coalesce(sum(amount) filter (where credit = 'held' and debit = 'taken'), 0),
    'refunded', coalesce(sum(case when credit = 'taken' and debit = 'buyer' then amount
                                  when credit = 'buyer' and debit = 'taken' then -amount end), 0),
    'held', coalesce(sum(case when debit = 'held' then amount when credit = 'held' then -amount end), 0)
  )`;

/** The amounts of an order as a JSON column of a query over `orders`. */
export function amountsColumn(orderId: Expression<string>) {
  return sql<Amounts>`(select ${AMOUNTS} from ledger_entries where order_id = ${orderId})`;
}

export async function amountsOf(db: Kysely<Tables>, orderId: string): Promise<Amounts> {
  const row = await db.selectNoFrom(amountsColumn(sql.val(orderId)).as("amounts")).executeTakeFirstOrThrow();
  return row.amounts;
}
