import { type Kysely, sql } from "kysely";

/**
 * What is asked of a long book finds its rows by an index: a list by status or by time, and what reconciliation looks
 * for among orders and refunds.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create index orders_newest on orders (tenant, created_at desc, seq desc)`,
    sql`create index orders_newest_of_reference on orders (tenant, reference, created_at desc, seq desc)
      where reference is not null`,
    sql`create index orders_newest_of_status on orders (tenant, status, created_at desc, seq desc)`,
    sql`create index orders_unfinished on orders (seq) where closed_at is null`,
    sql`create index refunds_unfinished on refunds (created_at) where status = 'accepted'`,
    // Last of all, since it keeps readers out until the commit.
    sql`drop index orders_by_tenant, orders_by_reference, orders_open`,
  ];
  for (const statement of statements) await statement.execute(db);
}
