import { type Kysely, sql } from "kysely";

/**
 * When what waits for news from outside is looked at, and the index by which the watch finds it. What waits already is
 * due at once: a run that takes its order over looks no more by itself.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`alter table shipments add column look_at timestamptz(3)`,
    sql`update shipments set look_at = now() where status in ('requested', 'shipped')`,
    sql`create index shipments_to_look_at on shipments (look_at) where status in ('requested', 'shipped')`,
    sql`alter table orders add column look_at timestamptz(3)`,
    sql`update orders set look_at = now() where status = 'awaiting_payment'`,
    sql`create index orders_to_look_at on orders (look_at) where status = 'awaiting_payment'`,
  ];
  for (const statement of statements) await statement.execute(db);
}
