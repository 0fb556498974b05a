import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { databaseOf } from "../systems.js";

/** A session of PostgreSQL reports what it did after 10 s of idleness at the latest. */
const REPORTED_AFTER_MS = 11_000;

/** The transactions per order that were committed in a database, in each of some rounds that carry out so many. */
export async function commitsPerOrder(
  databaseUrl: string,
  rounds: number,
  round: () => Promise<{ sent: number }>,
): Promise<number[]> {
  const perOrder: number[] = [];
  let before = await commitsOf(databaseUrl);
  while (perOrder.length < rounds) {
    const { sent } = await round();
    const after = await commitsOf(databaseUrl);
    perOrder.push((after - before) / sent);
    before = after;
  }
  return perOrder;
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
