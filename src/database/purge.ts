import { type Kysely, type Transaction, sql } from "kysely";
import { amountsColumn } from "./ledger.js";
import type { Tables } from "./schema.js";

/**
 * Purges up to `limit` orders that closed before a time and owe nothing: no money held, no attention, no open refund,
 * no unsent mail. What stays is the tombstone: id, tenant, fingerprint, times, provider references, the ledger.
 * Answers how many were purged. Two purges at once pass each other by.
 */
export async function purgeClosed(db: Kysely<Tables>, closedBefore: Date, limit: number): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const ids = await purgeable(trx, closedBefore, limit);
    if (ids.length === 0) return 0;
    await eraseDetail(trx, ids);
    await trx
      .updateTable("orders")
      .set({ body: null, reference: null, payment_action_url: null, purged_at: sql<Date>`now()` })
      .where("id", "in", ids)
      .execute();
    return ids.length;
  });
}

async function purgeable(trx: Transaction<Tables>, closedBefore: Date, limit: number): Promise<string[]> {
  const rows = await trx
    .selectFrom("orders")
    .select("id")
    .where("purged_at", "is", null)
    .where("closed_at", "<", closedBefore)
    .where(sql<boolean>`(${amountsColumn(sql.ref("orders.id"))} ->> 'held')::bigint = 0`)
    .where(({ not, exists, selectFrom, or }) =>
      not(
        or([
          exists(
            selectFrom("attentions")
              .select("seq")
              .whereRef("order_id", "=", "orders.id")
              .where("resolved_at", "is", null),
          ),
          exists(
            selectFrom("refunds")
              .select("id")
              .whereRef("order_id", "=", "orders.id")
              .where("status", "in", ["accepted", "needs_attention"]),
          ),
          exists(
            selectFrom("mails").select("kind").whereRef("order_id", "=", "orders.id").where("status", "=", "queued"),
          ),
          exists(selectFrom("outbox").select("seq").whereRef("order_id", "=", "orders.id")),
        ]),
      ),
    )
    .orderBy("closed_at")
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map(({ id }) => id);
}

/** Commands may hold words of people, events and steps hold what nobody needs any more. */
async function eraseDetail(trx: Transaction<Tables>, ids: string[]): Promise<void> {
  for (const table of [
    "commands",
    "steps",
    "order_events",
    "provider_events",
    "mails",
    "attentions",
    "shipments",
  ] as const) {
    await trx.deleteFrom(table).where("order_id", "in", ids).execute();
  }
  await trx.updateTable("refunds").set({ reason: null }).where("order_id", "in", ids).execute();
}
