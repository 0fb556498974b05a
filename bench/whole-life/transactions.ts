import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { databaseOf } from "../systems.js";

/** A session of PostgreSQL reports what it did after 10 s of idleness at the latest. */
const REPORTED_AFTER_MS = 11_000;

/** The transactions that were committed in a database during `work`. */
export async function commitsDuring(databaseUrl: string, work: () => Promise<unknown>): Promise<number> {
  const before = await commitsOf(databaseUrl);
  await work();
  return (await commitsOf(databaseUrl)) - before;
}

/** Read over a session of another database, which does not count itself. */
async function commitsOf(databaseUrl: string): Promise<number> {
  await pause(REPORTED_AFTER_MS);
  const client = new pg.Client({ connectionString: databaseOf(databaseUrl, "postgres") });
  await client.connect();
  const name = new URL(databaseUrl).pathname.slice(1);
  const { rows } = await client.query<{ commits: number }>(
    "select xact_commit::float8 as commits from pg_stat_database where datname = $1",
    [name],
  );
  await client.end();
  return rows[0]?.commits ?? Number.NaN;
}
