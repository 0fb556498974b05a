import { audit, type Discrepancy } from "../../src/background/audit.js";
import { connect } from "../../src/database/database.js";
import { createStripe, createStripeGateway } from "../../src/providers/payment/stripe-gateway.js";
import { createHttpWarehouse } from "../../src/providers/warehouse/http-warehouse.js";
import type { TestApp } from "./test-app.js";
import { waitFor } from "./wait-for.js";

/**
 * Audits everything a test file did: order database, provider and warehouse agree once what is in transit has arrived,
 * except for what a test made the provider get wrong (`meant`).
 */
export async function auditIsClean({ env }: Pick<TestApp, "env">, meant: RegExp | null = null): Promise<void> {
  const { DATABASE_URL: url = "", STRIPE_API_BASE: apiBase = "", FULFILMENT_URL: warehouse = "" } = env;
  const database = connect(url, { connections: 2 });
  const deps = {
    database,
    payments: createStripeGateway(createStripe({ secretKey: "sk_test_audit", apiBase })),
    warehouse: createHttpWarehouse(warehouse),
  };
  let last: Discrepancy[] = [];
  try {
    await waitFor("a clean audit", async () => {
      last = (await audit(deps)).discrepancies.filter(({ what }) => !meant?.test(what));
      return last.length === 0;
    });
  } catch (error) {
    throw new Error(`the audit found:\n${last.map(({ orderId, what }) => `${orderId}: ${what}`).join("\n")}`, {
      cause: error,
    });
  } finally {
    await database.close();
  }
}
