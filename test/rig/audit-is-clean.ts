import { type Discrepancy, auditOrders } from "../../src/background/audit.js";
import { createBell } from "../../src/database/notifier.js";
import { openBook } from "../../src/database/pool.js";
import { createOrderBook } from "../../src/database/order-book.js";
import { createStripe, createStripeGateway } from "../../src/providers/payment/stripe-gateway.js";
import { createHttpWarehouse } from "../../src/providers/warehouse/http-warehouse.js";
import type { Service } from "./test-app.js";
import { until } from "./wait-for.js";

/**
 * Audits everything a test file did: book, provider and warehouse agree once what is on its way has arrived, but for
 * what a test made the provider get wrong (`meant`).
 */
export async function addsUp({ env }: Service, meant: RegExp | null = null): Promise<void> {
  const { DATABASE_URL: url = "", STRIPE_API_BASE: apiBase = "", FULFILMENT_URL: warehouse = "" } = env;
  const opened = openBook(url, 2);
  const book = createOrderBook(opened, createBell(opened.pool, url));
  const deps = {
    book,
    payments: createStripeGateway(createStripe({ secretKey: "sk_test_audit", apiBase })),
    warehouse: createHttpWarehouse(warehouse),
  };
  let last: Discrepancy[] = [];
  try {
    await until("a clean audit", async () => {
      last = (await auditOrders(deps)).discrepancies.filter(({ what }) => !meant?.test(what));
      return last.length === 0;
    });
  } catch (error) {
    throw new Error(`the audit found:\n${last.map(({ orderId, what }) => `${orderId}: ${what}`).join("\n")}`, {
      cause: error,
    });
  } finally {
    await book.close();
  }
}
