import { readFileSync, statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { BenchService } from "./bench-service.js";

/** How long every session of the server may take to hear of a changed setting, and an order's last words to be written. */
const SETTLED_MS = 500;
const OWN = /^(alter system|select pg_reload_conf)/;
const LOGGED = /LOG: {2}(?:statement: |execute [^:]+: )((?:.*)(?:\n\t.*)*)/g;

/** The statements that reached the service's PostgreSQL while `work` went on, by their text, most frequent first. */
export async function statementsDuring(
  { databaseUrl, postgresLog }: BenchService,
  work: () => Promise<unknown>,
): Promise<{ text: string; times: number }[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const log = async (what: "all" | "none") => {
      await client.query(`alter system set log_statement = '${what}'`);
      await client.query("select pg_reload_conf()");
      await pause(SETTLED_MS);
    };
    await log("all");
    const from = statSync(postgresLog).size;
    await work();
    await pause(SETTLED_MS);
    await log("none");
    return counted(readFileSync(postgresLog).subarray(from).toString("utf8"));
  } finally {
    await client.end();
  }
}

function counted(logged: string): { text: string; times: number }[] {
  const times = new Map<string, number>();
  for (const [, statement = ""] of logged.matchAll(LOGGED)) {
    const text = statement.replace(/\s+/g, " ").trim();
    if (OWN.test(text)) continue;
    times.set(text, (times.get(text) ?? 0) + 1);
  }
  return [...times].map(([text, count]) => ({ text, times: count })).toSorted((one, other) => other.times - one.times);
}
