import { type Kysely, type Migration, Migrator } from "kysely";
import * as orderBook from "./migrations/0001-order-book.js";
import type { Tables } from "./tables.js";

/** In order; one that ran anywhere is never changed. */
const MIGRATIONS: Record<string, Migration> = {
  "0001-order-book": orderBook,
};

/** Brings the book to the newest form. Processes that start together wait for each other (advisory lock). */
export async function migrateBook(db: Kysely<Tables>): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error, results } = await migrator.migrateToLatest();
  if (error) throw error;
  return (results ?? []).map((result) => result.migrationName);
}
