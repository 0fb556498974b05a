import { readFileSync, statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { BenchService } from "./bench-service.js";
import { databaseOf } from "./systems.js";

export interface CountedStatement {
  text: string;
  times: number;
}

/** How long it takes until every session has read a changed setting, and until an order's last statements are logged. */
const LAG_MS = 500;
const OWN = /^(alter system|select pg_reload_conf)/;
const LOGGED = /LOG: {2}(?:statement: |execute [^:]+: )((?:.*)(?:\n\t.*)*)/g;

/** The statements that reached the service's PostgreSQL during `work`, by their text, most frequent first. */
export async function statementsDuring(
  { databaseUrl, postgresLog }: BenchService,
  work: () => Promise<unknown>,
): Promise<CountedStatement[]> {
  const client = new pg.Client({ connectionString: databaseOf(databaseUrl, "postgres") });
  await client.connect();
  try {
    const logStatements = async (which: "all" | "none") => {
      await client.query(`alter system set log_statement = '${which}'`);
      await client.query("select pg_reload_conf()");
      await pause(LAG_MS);
    };
    await logStatements("all");
    const from = statSync(postgresLog).size;
    await work();
    await pause(LAG_MS);
    await logStatements("none");
    return counted(readFileSync(postgresLog).subarray(from).toString("utf8"));
  } finally {
    await client.end();
  }
}

function counted(logged: string): CountedStatement[] {
  const times = new Map<string, number>();
  for (const [, statement = ""] of logged.matchAll(LOGGED)) {
    const text = statement.replace(/\s+/g, " ").trim();
    if (OWN.test(text)) continue;
    times.set(text, (times.get(text) ?? 0) + 1);
  }
  return [...times].map(([text, count]) => ({ text, times: count })).toSorted((one, other) => other.times - one.times);
}
