import pg from "pg";
import { CONNECT_TIMEOUT_MS, TIMEOUTS } from "./pool.js";

/** A pooler in front of PostgreSQL does not give what every statement needs. */
export class UnsupportedPoolerError extends Error {
  override readonly name = "UnsupportedPoolerError";
}

/** SQLSTATEs of a statement that this session did not prepare, or that another one did. */
const NOT_PREPARED = ["26000", "42P05"];
/** PgBouncer's, of a transaction in statement mode. */
const NO_TRANSACTIONS = "08P01";
/** A pooler may give its sessions out in turn. */
const ATTEMPTS = 5;

const SHARED = "DATABASE_URL leads to a pooler that shares sessions between clients";

/**
 * Finds out whether clients share sessions, as behind PgBouncer in transaction mode. Then prepared statements and time-outs
 * must hold in whichever session a statement meets; where they do not, throws UnsupportedPoolerError. Answers whether they do.
 */
export async function checkPooling(databaseUrl: string): Promise<{ isShared: boolean }> {
  const [ours, other] = [clientOf(databaseUrl), clientOf(databaseUrl)];
  try {
    await Promise.all([ours.connect(), other.connect()]);
    const shared = await isShared(ours, other);
    if (shared) await checkTimeouts(ours);
    return { isShared: shared };
  } finally {
    await Promise.allSettled([ours.end(), other.end()]);
  }
}

function clientOf(connectionString: string): pg.Client {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
    application_name: "idem",
  });
  client.on("error", () => {}); // the next query fails with it
  return client;
}

/** Whether a client meets another session once someone else is in a transaction. */
async function isShared(ours: pg.Client, other: pg.Client): Promise<boolean> {
  const own = await sessionOf(ours);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await begin(other);
    const session = await sessionOf(ours);
    await other.query("rollback");
    if (session !== own) return true;
  }
  return false;
}

/** By a prepared statement, as all of ours are. */
async function sessionOf(client: pg.Client): Promise<unknown> {
  try {
    return (await client.query({ name: "idem-session", text: "select pg_backend_pid() as pid" })).rows[0]?.pid;
  } catch (error) {
    if (!NOT_PREPARED.includes(codeOf(error))) throw error;
    throw new UnsupportedPoolerError(
      `${SHARED} and forgets prepared statements: set pool_mode = session, or max_prepared_statements = 200 ` +
        "(PgBouncer 1.21 or newer), or connect to PostgreSQL directly",
    );
  }
}

async function begin(client: pg.Client): Promise<void> {
  try {
    await client.query("begin");
    await client.query("select 1");
  } catch (error) {
    if (codeOf(error) !== NO_TRANSACTIONS) throw error;
    throw new UnsupportedPoolerError(`${SHARED} and allows no transactions: set pool_mode = session`);
  }
}

/** What is set in a session is lost in the next one: the role must bring it. */
async function checkTimeouts(client: pg.Client): Promise<void> {
  const names = Object.keys(TIMEOUTS);
  const { rows } = await client.query<{ name: string; reset_val: string }>(
    "select name, reset_val from pg_settings where name = any($1)",
    [names],
  );
  const ofRole = new Map(rows.map((row) => [row.name, Number(row.reset_val)]));
  const missing = Object.entries(TIMEOUTS).filter(([name, ms]) => ofRole.get(name) !== ms);
  if (missing.length === 0) return;
  const remedy = missing.map(([name, ms]) => `alter role current_user set ${name} = ${ms};`).join(" ");
  throw new UnsupportedPoolerError(
    `${SHARED}, where time-outs that a session sets are lost: ${remedy} or set pool_mode = session`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
