import { setTimeout as sleep } from "node:timers/promises";
import { checkPooling, UnsupportedPoolerError } from "../database/check-pooling.js";
import { connect, type ConnectOptions, type Database, isUnavailable } from "../database/database.js";
import { keepEra } from "../database/event-era.js";
import { migrate, pendingMigrations, UnsupportedDatabaseError } from "../database/migrate.js";
import type { Logger } from "./logging.js";

/** A database that starts beside us gets so long to answer. */
const PATIENCE_MS = 60_000;

/**
 * The order database of this process, in its newest form. Exits with status 1 when it does not answer, and with status 2
 * and the remedy when it cannot be used.
 */
export async function openDatabase(databaseUrl: string, logger: Logger, options: ConnectOptions): Promise<Database> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const migrated = await migrateWhereSafe(databaseUrl);
      if (migrated.length > 0) logger.info({ migrations: migrated }, "order database migrated");
      const database = connect(databaseUrl, {
        ...options,
        onAttention: ({ id, currency }, { id: attentionId, cause, step, amount }) =>
          logger.warn({ orderId: id, attentionId, cause, step, amount, currency }, "attention raised"),
      });
      await keepEra(database).catch(async (error: unknown) => {
        await database.close();
        throw error;
      });
      return database;
    } catch (error) {
      if (error instanceof UnsupportedDatabaseError || error instanceof UnsupportedPoolerError) {
        logger.fatal(error.message);
        process.exit(2);
      }
      if (!isUnavailable(error)) throw error;
      if (Date.now() > deadline) {
        logger.fatal({ err: error }, "PostgreSQL does not answer at DATABASE_URL");
        process.exit(1);
      }
      logger.warn({ err: error }, "PostgreSQL does not answer yet");
      await sleep(1_000);
    }
  }
}

/**
 * Migrates, unless clients share sessions: then a migration's lock and time-outs would be somebody else's. Throws
 * UnsupportedPoolerError, UnsupportedDatabaseError.
 */
export async function migrateWhereSafe(databaseUrl: string): Promise<string[]> {
  const { isShared } = await checkPooling(databaseUrl);
  if (!isShared) return migrate(databaseUrl);
  const pending = await pendingMigrations(databaseUrl);
  if (pending.length === 0) return [];
  throw new UnsupportedPoolerError(
    `the order database must be migrated first (${pending.join(", ")}), which a pooler that shares sessions does not ` +
      "allow: run `npm run idem -- migrate` with a DATABASE_URL that leads to PostgreSQL directly",
  );
}
