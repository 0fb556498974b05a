import { auditRows, lostReservations, stockFaults } from "../src/database/audit-rows.js";
import { openBook } from "../src/database/pool.js";

const BATCH = 500;

export interface AuditTime {
  orders: number;
  msPerThousand: number;
}

/**
 * What the audit reads of the whole book: how many orders, and the milliseconds a thousand of them took. What it asks
 * of the payment provider and the warehouse is one request for each page and shipment, whatever the book holds.
 */
export async function auditTime(databaseUrl: string): Promise<AuditTime> {
  const book = openBook(databaseUrl, 1);
  try {
    const began = performance.now();
    let orders = 0;
    for await (const rows of auditRows(book, BATCH)) orders += rows.length;
    await stockFaults(book.db);
    await lostReservations(book.db);
    return { orders, msPerThousand: ((performance.now() - began) / orders) * 1000 };
  } finally {
    await book.close();
  }
}
