import pg from "pg";
import { BENCH_KEY } from "../bench-service.js";
import { threadsOf, usageOf } from "../cpu-time.js";
import { inFlight } from "../in-flight.js";
import { benchOrder, fresh, post } from "../load/orders.js";
import type { Place } from "./place.js";

export const WIDTH = 30;

/** What was measured while a number of orders was taken and carried out; all but rate and latencies is per order. */
export interface Round {
  perSecond: number;
  acceptedPerSecond: number;
  acks: number[];
  cpuMs: Record<string, number>;
  /** CPU of each process's busiest thread, which a second core does not help. */
  threadMs: Record<string, number>;
  book: DatabaseUse;
  runs: DatabaseUse;
}

export interface DatabaseUse {
  transactions: number;
  walBytes: number;
  /** By how much its files grew. */
  keptBytes: number;
  /** At the end of the round, and not per order. */
  connections: number;
}

/** Sends so many orders to the APIs by turns; it ends when `done` says that so many more were carried out. */
export async function measureRound(
  place: Place,
  runsUrl: string,
  orders: number,
  done: (orders: number) => Promise<void>,
): Promise<Round> {
  const [bookBefore, runsBefore] = await Promise.all([databaseUse(place.databaseUrl), databaseUse(runsUrl)]);
  const threadsNow = () => Object.entries(place.pids).map(([role, pid]) => [role, threadsOf(pid)] as const);
  const [cpuBefore, threadsBefore] = [usageOf(place.pids).cpuMs, Object.fromEntries(threadsNow())];
  const allDone = done(orders);
  const began = performance.now();
  const acks = await inFlight(orders, WIDTH, (index) => order(place.bases[index % place.bases.length] ?? ""));
  const acceptedPerSecond = (orders / (performance.now() - began)) * 1000;
  await allDone;
  const perSecond = (orders / (performance.now() - began)) * 1000;
  const [cpu, threads] = [usageOf(place.pids).cpuMs, threadsNow()];
  const [book, runs] = await Promise.all([databaseUse(place.databaseUrl), databaseUse(runsUrl)]);
  const each = (after: Record<string, number>, before: Record<string, number>) =>
    Object.fromEntries(Object.entries(after).map(([name, value]) => [name, (value - (before[name] ?? 0)) / orders]));
  const threadMs = Object.fromEntries(
    threads.map(([role, now]) => [role, Math.max(...Object.values(each(now, threadsBefore[role] ?? {})))]),
  );
  const used = (after: DatabaseUse, before: DatabaseUse): DatabaseUse => ({
    transactions: (after.transactions - before.transactions) / orders,
    walBytes: (after.walBytes - before.walBytes) / orders,
    keptBytes: (after.keptBytes - before.keptBytes) / orders,
    connections: after.connections,
  });
  return {
    perSecond,
    acceptedPerSecond,
    acks,
    cpuMs: each(cpu, cpuBefore),
    threadMs,
    book: used(book, bookBefore),
    runs: used(runs, runsBefore),
  };
}

/** As a caller should: an answer that says nothing is asked for again, under the same key. */
async function order(base: string): Promise<void> {
  const [key, body] = [fresh(), benchOrder(fresh())];
  for (;;) {
    const answer = await post(`${base}/v1/orders`, body, { key, bearer: BENCH_KEY, expected: [202, 503] });
    if ((JSON.parse(answer) as { status: unknown }).status !== 503) return;
  }
}

/** Over the whole server: its log knows no databases. */
async function databaseUse(connectionString: string): Promise<DatabaseUse> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query(
    `select (select sum(xact_commit + xact_rollback) from pg_stat_database)::float8 as transactions,
       (pg_current_wal_insert_lsn() - '0/0')::float8 as "walBytes",
       (select sum(pg_database_size(oid)) from pg_database)::float8 as "keptBytes",
       (select count(*) from pg_stat_activity where backend_type = 'client backend')::integer as connections`,
  );
  await client.end();
  return rows[0] as DatabaseUse;
}
