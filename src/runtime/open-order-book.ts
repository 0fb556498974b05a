import { createBell } from "../book/bell.js";
import { migrateBook } from "../book/migrate.js";
import { openBook } from "../book/open-book.js";
import { createOrderBook, type OrderBook } from "../book/order-book.js";
import type { Logger } from "./logging.js";

/** The order book of this process, in its newest form. */
export async function openOrderBook(databaseUrl: string, logger: Logger, connections: number): Promise<OrderBook> {
  const book = openBook(databaseUrl, connections);
  const migrated = await migrateBook(book.db);
  if (migrated.length > 0) logger.info({ migrations: migrated }, "order book migrated");
  return createOrderBook(book, createBell(book.pool, databaseUrl));
}
