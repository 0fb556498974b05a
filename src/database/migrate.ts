import { Kysely, type Migration, Migrator, PostgresDialect, sql } from "kysely";
import pg from "pg";
import * as baseline from "./migrations/0001-baseline.js";
import { CONNECT_TIMEOUT_MS } from "./pool.js";

/** In order; one that was released is never changed. */
const MIGRATIONS: Record<string, Migration> = { "0001-baseline": baseline };

/** A database that was made by a version of Idem before its first release. */
export class UnsupportedDatabaseError extends Error {
  override readonly name = "UnsupportedDatabaseError";
}

/**
 * Brings the database to the newest form; answers what it migrated. Processes that start together wait for each other.
 * A database that a newer build has migrated is left as it is. Throws UnsupportedDatabaseError.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: "idem migration",
  });
  pool.on("error", () => {}); // the next statement fails with it
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    if (await isNewer(db)) return [];
    await refuseOlderBaseline(db);
    const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
    const { error, results } = await migrator.migrateToLatest();
    if (error) throw error;
    return (results ?? []).map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}

/** Whether a newer build was here: all of our migrations were made, and others after them. */
async function isNewer(db: Kysely<unknown>): Promise<boolean> {
  const made = await migrationsMade(db);
  const ours = Object.keys(MIGRATIONS);
  return ours.every((name) => made.includes(name)) && made.length > ours.length;
}

async function migrationsMade(db: Kysely<unknown>): Promise<string[]> {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`.execute(
    db,
  );
  if (!rows[0]?.there) return [];
  const made = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return made.rows.map(({ name }) => name);
}

async function refuseOlderBaseline(db: Kysely<unknown>): Promise<void> {
  const made = await migrationsMade(db);
  if (made.length === 0 || made.includes("0001-baseline")) return;
  throw new UnsupportedDatabaseError(
    `this database was made by an unreleased version of Idem (${made.join(", ")}): ` +
      "set DATABASE_URL to an empty database, or drop this one and create it again",
  );
}
