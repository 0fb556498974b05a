import { Kysely, type Migration, Migrator, PostgresDialect } from "kysely";
import pg from "pg";
import { CONNECT_TIMEOUT_MS } from "./pool.js";
import * as orderBook from "./migrations/0001-order-book.js";
import * as listsOfALongBook from "./migrations/0002-lists-of-a-long-book.js";
import * as looks from "./migrations/0003-looks.js";

/** In order; one that ran anywhere is never changed. */
const MIGRATIONS: Record<string, Migration> = {
  "0001-order-book": orderBook,
  "0002-lists-of-a-long-book": listsOfALongBook,
  "0003-looks": looks,
};

/**
 * Brings the book to the newest form. Processes that start together wait for each other (advisory lock). On a connection
 * without the book's time limits: an index over a long book takes longer than any request may.
 */
export async function migrateBook(databaseUrl: string): Promise<string[]> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: "idem migration",
  });
  pool.on("error", () => {}); // the next statement tells
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
    const { error, results } = await migrator.migrateToLatest();
    if (error) throw error;
    return (results ?? []).map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}
