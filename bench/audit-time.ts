import { connect } from "../src/database/database.js";
import { auditedOrders, doubleEmails, stockFaults } from "../src/database/queries/audited-orders.js";
import { auditOrder } from "../src/domain/audit-order.js";

const BATCH = 500;

export interface AuditTime {
  orders: number;
  msPerThousand: number;
}

/**
 * What the audit reads of the order database and computes from it: the number of orders, and the milliseconds that a
 * thousand of them took. What it asks the providers is one request for each page of payments and each shipment, whatever
 * the database holds.
 */
export async function auditTime(databaseUrl: string): Promise<AuditTime> {
  const database = connect(databaseUrl, { connections: 1 });
  try {
    const began = performance.now();
    let orders = 0;
    for await (const page of auditedOrders(database, BATCH)) {
      for (const order of page) auditOrder(order, []);
      orders += page.length;
    }
    await stockFaults(database);
    await doubleEmails(database);
    return { orders, msPerThousand: ((performance.now() - began) / orders) * 1000 };
  } finally {
    await database.close();
  }
}
