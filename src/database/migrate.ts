import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, type Migration, Migrator, PostgresDialect, sql } from "kysely";
import pg from "pg";
import * as baseline from "./migrations/0001-baseline.js";
import * as health from "./migrations/0002-health.js";
import * as unknownEvents from "./migrations/0003-unknown-events.js";
import * as trackingUrl from "./migrations/0004-tracking-url.js";
import * as orderSearch from "./migrations/0005-order-search.js";
import * as callers from "./migrations/0006-callers.js";
import * as webhooks from "./migrations/0007-webhooks.js";
import * as attentionBatches from "./migrations/0009-attention-batches.js";
import * as actors from "./migrations/0010-actors.js";
import * as ordersWithoutRun from "./migrations/0011-orders-without-run.js";
import * as apiKeys from "./migrations/0008-api-keys.js";
import { LOCK_TIMEOUT_MS } from "./migrations/create-index.js";
import { CONNECT_TIMEOUT_MS } from "./pool.js";

const BASELINE = "0001-baseline";

/**
 * In order; one that was released is never changed. The baseline is made in one transaction. A later one runs beside the
 * build before it and beside orders, so it has no transaction, only adds, and each of its statements is safe to repeat.
 */
const MIGRATIONS: Record<string, Migration> = {
  [BASELINE]: baseline,
  "0002-health": health,
  "0003-unknown-events": unknownEvents,
  "0004-tracking-url": trackingUrl,
  "0005-order-search": orderSearch,
  "0006-callers": callers,
  "0007-webhooks": webhooks,
  "0008-api-keys": apiKeys,
  "0009-attention-batches": attentionBatches,
  "0010-actors": actors,
  "0011-orders-without-run": ordersWithoutRun,
};

/** So often is a migration repeated that got no lock: a long transaction held it. */
const LOCK_TRIES = 30;
/** SQLSTATEs of a lock that was not free in time, and of a deadlock. */
const LOCKED = new Set<unknown>(["55P03", "40P01"]);
/** Any number that is the same in every build. */
const ADVISORY_LOCK = 4_336_001;
const ASK_AGAIN_MS = 200;

/** A database that was made by a version of Idem before its first release. */
export class UnsupportedDatabaseError extends Error {
  override readonly name = "UnsupportedDatabaseError";
}

/**
 * Brings the database to the newest form; answers what it migrated. Processes that start together wait for each other.
 * A database that a newer build has migrated is left as it is. Throws UnsupportedDatabaseError.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  return withConnection(databaseUrl, async (db) => {
    const pending = await pendingOf(db);
    if (pending.length === 0) return [];
    return alone(db, async () => {
      // A role may bring a time-out for statements, which an index outlasts.
      await sql`set statement_timeout = 0`.execute(db);
      await sql`set lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(db);
      const made: string[] = [];
      for (const name of await pendingOf(db)) {
        await make(db, name);
        made.push(name);
      }
      return made;
    });
  });
}

/** What `migrate` would do to the database. Throws UnsupportedDatabaseError. */
export function pendingMigrations(databaseUrl: string): Promise<string[]> {
  return withConnection(databaseUrl, pendingOf);
}

async function withConnection<T>(databaseUrl: string, work: (db: Kysely<unknown>) => Promise<T>): Promise<T> {
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
    return await work(db);
  } finally {
    await db.destroy();
  }
}

async function pendingOf(db: Kysely<unknown>): Promise<string[]> {
  const made = await migrationsMade(db);
  if (made.length > 0 && !made.includes(BASELINE)) {
    throw new UnsupportedDatabaseError(
      `this database was made by an unreleased version of Idem (${made.join(", ")}): ` +
        "set DATABASE_URL to an empty database, or drop this one and create it again",
    );
  }
  return Object.keys(MIGRATIONS).filter((name) => !made.includes(name));
}

async function migrationsMade(db: Kysely<unknown>): Promise<string[]> {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`.execute(
    db,
  );
  if (!rows[0]?.there) return [];
  const made = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return made.rows.map(({ name }) => name);
}

/**
 * Migrates while no other process does. The lock is the connection's and asked for again and again: a statement that
 * waited for it would hold a snapshot, for whose end an index that is built meanwhile waits.
 */
async function alone<T>(db: Kysely<unknown>, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const { rows } = await sql<{
      taken: boolean;
    }>`select pg_try_advisory_lock(${sql.lit(ADVISORY_LOCK)}) as taken`.execute(db);
    if (rows[0]?.taken) return work();
    await sleep(ASK_AGAIN_MS);
  }
}

async function make(db: Kysely<unknown>, name: string): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
    disableTransactions: name !== BASELINE,
  });
  for (let tries = 1; ; tries++) {
    const { error } = await migrator.migrateTo(name);
    if (!error) return;
    if (!isLocked(error) || tries === LOCK_TRIES) throw error;
    await sleep(ASK_AGAIN_MS);
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && "code" in error && LOCKED.has(error.code);
}
