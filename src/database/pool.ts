import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { toAmount } from "../domain/money.js";
import type { Tables } from "./schema.js";

/** The book is away or too slow; whether the statement took effect is not known. */
export class BookUnavailable extends Error {
  override readonly name = "BookUnavailable";
}

export interface Book {
  db: Kysely<Tables>;
  pool: pg.Pool;
  close(): Promise<void>;
}

const STATEMENT_TIMEOUT_MS = 2_000;
const CLIENT_TIMEOUT_MS = 3_000;
/** With the client time-out below the 5 s in which a caller hears that the book is away (K10). */
export const CONNECT_TIMEOUT_MS = 1_900;
/** A connection is dear to open, and dearer to prepare its statements on: what a burst opened stays for the next. */
const KEPT_IDLE_MS = 10 * 60_000;
const INT8 = 20;

/** PostgreSQL's codes of a server that cannot serve now, or not with what a migration made stale, and those of a socket. */
const AWAY = /^(08|53|57|58|0A000)|^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/;
const AWAY_WORDS = /timeout|terminated|Connection|not queryable|shutting down/i;

/** A client that prepares what it is asked, and is never used again once a statement of its got no answer in time. */
class BookClient extends pg.Client {
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
    const answer: unknown = Reflect.apply(pg.Client.prototype.query, this, args);
    if (answer instanceof Promise) {
      return answer.catch((error: unknown) => {
        if (isSpent(error)) void this.end();
        throw error;
      });
    }
    return answer;
  }) as pg.Client["query"];

  /** Under a name the server parses and plans a text once for a connection. Lists make some texts endless: see the limit. */
  private named(text: string, values: unknown[]): { name?: string; text: string; values: unknown[] } {
    const known = this.prepared.get(text);
    if (known) return { name: known, text, values };
    if (this.prepared.size >= MOST_PREPARED) return { text, values };
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

/** Statements that a connection keeps prepared. */
const MOST_PREPARED = 200;

export function openBook(databaseUrl: string, size = 10): Book {
  const pool = new pg.Pool({
    Client: BookClient,
    connectionString: databaseUrl,
    max: size,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: KEPT_IDLE_MS,
    query_timeout: CLIENT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 10_000,
    application_name: "idem",
    keepAlive: true,
    types: {
      getTypeParser: ((oid: number, format?: "text" | "binary") =>
        oid === INT8 ? toAmount : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // An idle connection that breaks is replaced by the next query; nobody waits on it.
  pool.on("error", () => {});
  return {
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    pool,
    close: () => pool.end(),
  };
}

/** Runs `work`; a book that is away becomes BookUnavailable, everything else surfaces as it is. */
export async function reachingTheBook<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isAway(error) ? new BookUnavailable("the order book cannot be reached", { cause: error }) : error;
  }
}

export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return code ? AWAY.test(code) : AWAY_WORDS.test(error.message);
}
