import { type Kysely, type RawBuilder, sql } from "kysely";

/** A statement that waits longer for its lock fails, since all that comes after it on the table waits behind it. */
export const LOCK_TIMEOUT_MS = 1_000;

/**
 * Builds an index beside reads and writes. One that an earlier try left half built is removed first; the build itself
 * waits for every transaction that is under way, however long, and holds up nobody meanwhile.
 * @param name of the index, @param on the table with its columns and condition, @param kind whether its values are unique.
 */
export async function createIndex(
  db: Kysely<unknown>,
  name: string,
  on: RawBuilder<unknown>,
  kind: "index" | "unique index" = "index",
): Promise<void> {
  const { rows } = await sql<{ valid: boolean }>`
    select indisvalid as valid from pg_index where indexrelid = to_regclass(${name})`.execute(db);
  if (rows[0]?.valid) return;
  if (rows[0]) await sql`drop index concurrently if exists ${sql.id(name)}`.execute(db);
  await sql`set lock_timeout = 0`.execute(db);
  try {
    await sql`create ${sql.raw(kind)} concurrently if not exists ${sql.id(name)} on ${on}`.execute(db);
  } finally {
    await sql`set lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(db);
  }
}
