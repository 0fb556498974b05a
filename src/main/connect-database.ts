import { setTimeout as pause } from "node:timers/promises";
import { createBell } from "../database/notifier.js";
import { migrateBook } from "../database/migrate.js";
import { isAway, openBook } from "../database/pool.js";
import { createOrderBook, type OrderBook } from "../database/order-book.js";
import type { Logger } from "./logging.js";

/** A database that starts beside us gets so long to answer. */
const PATIENCE_MS = 60_000;

/** The order book of this process, in its newest form. Exits with status 1 when its database does not answer. */
export async function openOrderBook(databaseUrl: string, logger: Logger, connections: number): Promise<OrderBook> {
  const book = openBook(databaseUrl, connections);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const migrated = await migrateBook(databaseUrl);
      if (migrated.length > 0) logger.info({ migrations: migrated }, "order book migrated");
      return createOrderBook(book, createBell(book.pool, databaseUrl));
    } catch (error) {
      if (!isAway(error)) throw error;
      if (Date.now() > deadline) {
        logger.fatal({ err: error }, "PostgreSQL does not answer at DATABASE_URL");
        process.exit(1);
      }
      logger.warn({ err: error }, "PostgreSQL does not answer yet");
      await pause(1_000);
    }
  }
}
