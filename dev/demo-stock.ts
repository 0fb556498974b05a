import { DEMO_KEYS } from "../src/config/demo-keys.js";
import { createLogger } from "../src/main/logging.js";
import { openDatabase } from "../src/main/open-database.js";

const DEMO_STOCK = { "MUG-1": 1_000_000, "TEE-1": 1_000_000, "LAST-1": 1, "GONE-1": 0 };

const STOCK_WHAT_IS_NEW = `
  insert into stock (tenant, sku, warehouse, on_hand)
  select demo.tenant, demo.sku, 'main', demo.on_hand
  from (select * from unnest($1::text[]) as tenant cross join unnest($2::text[], $3::bigint[]) as level (sku, on_hand)) as demo
  where not exists (select from stock where (stock.tenant, stock.sku) = (demo.tenant, demo.sku))`;

/** Fills the shelves of the demo tenants before anybody can order; what is known already stays as people left it. */
export async function putDemoStock(databaseUrl: string): Promise<void> {
  const database = await openDatabase(databaseUrl, createLogger("start", "warn"), { connections: 1 });
  try {
    const tenants = [...new Set(DEMO_KEYS.map(({ tenant }) => tenant))];
    await database.session.query(STOCK_WHAT_IS_NEW, [tenants, Object.keys(DEMO_STOCK), Object.values(DEMO_STOCK)]);
  } finally {
    await database.close();
  }
}
