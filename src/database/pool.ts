import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { toAmount } from "../domain/money.js";
import { ProblemError } from "../domain/problem-error.js";
import type { Tables } from "./schema.js";

const RETRY_AFTER_S = 2;

/** PostgreSQL cannot be reached or is too slow; whether the statement took effect is not known. */
export class DatabaseUnavailableError extends ProblemError {
  override readonly name = "DatabaseUnavailableError";

  constructor(cause: unknown) {
    super(
      "unavailable",
      "The order database cannot be reached. Whether the request was accepted is not known; " +
        "retry with the same key to find out.",
      { retryAfterSeconds: RETRY_AFTER_S },
    );
    this.cause = cause;
  }
}

/** What PostgreSQL ends by itself, in milliseconds. */
export const TIMEOUTS = { statement_timeout: 2_000, idle_in_transaction_session_timeout: 10_000 } as const;
const CLIENT_TIMEOUT_MS = 3_000;
/** With the client time-out below the 5 s within which a caller gets 503 (K10). */
export const CONNECT_TIMEOUT_MS = 1_900;
/** A connection is expensive to open, and more so to prepare its statements on: what a burst opened stays for the next. */
const IDLE_TIMEOUT_MS = 10 * 60_000;
/** Statements that a connection keeps prepared. Lists make some texts endless. */
const MAX_PREPARED = 200;
const INT8 = 20;

/**
 * SQLSTATEs of a server that cannot serve now, or not with what a migration made stale, or whose database takes no
 * connections (55000), and the codes of a socket.
 */
const UNAVAILABLE = /^(08|53|57|58|0A000|55000)|^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/;
const UNAVAILABLE_MESSAGE = /timeout|terminated|Connection|not queryable|shutting down/i;

export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return code ? UNAVAILABLE.test(code) : UNAVAILABLE_MESSAGE.test(error.message);
}

function mapError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailableError || !isUnavailable(error)) return error;
  return new DatabaseUnavailableError(error);
}

/** A client that prepares its statements, and is never used again once a statement got no answer in time. */
class Client extends pg.Client {
  private readonly prepared = new Map<string, string>();

  constructor(config?: pg.ClientConfig) {
    super(config);
    // A connection that breaks while it is checked out fails its next query; without a listener it would end the process.
    this.on("error", () => {});
  }

  override query: pg.Client["query"] = ((...[first, ...rest]: unknown[]) => {
    const args =
      typeof first === "string" && Array.isArray(rest[0])
        ? [this.named(first, rest[0]), ...rest.slice(1)]
        : [first, ...rest];
    const result: unknown = Reflect.apply(pg.Client.prototype.query, this, args);
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      if (isSpent(error)) void this.end();
      throw mapError(error);
    });
  }) as pg.Client["query"];

  /** Under a name the server parses and plans a text once for a connection. */
  private named(text: string, values: unknown[]): { name?: string; text: string; values: unknown[] } {
    const known = this.prepared.get(text);
    if (known) return { name: known, text, values };
    if (this.prepared.size >= MAX_PREPARED) return { text, values };
    const name = `idem-${this.prepared.size}`;
    this.prepared.set(text, name);
    return { name, text, values };
  }
}

/** No answer in time, or a prepared statement whose columns a migration changed. */
function isSpent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message === "Query read timeout" || ("code" in error && error.code === "0A000");
}

/** Runs statements: on any connection of a pool, or in one transaction. */
export interface Session {
  query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]>;
}

export interface ConnectedPool extends Session {
  db: Kysely<Tables>;
  connect(): Promise<pg.PoolClient>;
  /** Commits what `work` wrote, or rolls all of it back when it throws. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Connections to PostgreSQL, at most `size`. Every failure to reach it is a DatabaseUnavailableError. */
export function createPool(databaseUrl: string, size: number): ConnectedPool {
  const pool = new pg.Pool({
    Client,
    connectionString: databaseUrl,
    max: size,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    query_timeout: CLIENT_TIMEOUT_MS,
    application_name: "idem",
    keepAlive: true,
    onConnect: setTimeouts,
    types: {
      getTypeParser: ((oid: number, format?: "text" | "binary") =>
        oid === INT8 ? toAmount : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // An idle connection that breaks is replaced by the next query.
  pool.on("error", () => {});
  const connect = async (): Promise<pg.PoolClient> => {
    try {
      return await pool.connect();
    } catch (error) {
      throw mapError(error);
    }
  };
  return {
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: { connect, end: () => pool.end() } }) }),
    connect,
    async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
      try {
        return (await pool.query<Row>(text, [...values])).rows;
      } catch (error) {
        throw mapError(error);
      }
    },
    async transaction(work) {
      const client = await connect();
      const session: Session = { query: async (text, values) => (await client.query(text, [...values])).rows };
      try {
        await client.query("begin");
        const result = await work(session);
        await client.query("commit");
        client.release();
        return result;
      } catch (error) {
        const isRefusal = error instanceof ProblemError && !(error instanceof DatabaseUnavailableError);
        const rolledBack =
          isRefusal &&
          (await client.query("rollback").then(
            () => true,
            () => false,
          ));
        client.release(!rolledBack); // otherwise whatever it had written goes with the connection
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

/** By SET and not as start-up parameters, which poolers refuse. */
async function setTimeouts(client: pg.ClientBase): Promise<void> {
  const settings = Object.entries(TIMEOUTS).map(([name, ms]) => `set ${name} = ${ms}`);
  await client.query(settings.join("; "));
}
