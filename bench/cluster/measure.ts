import pg from "pg";
import { threadsOf, usageOf } from "../cpu-time.js";
import { inFlight } from "../in-flight.js";
import { benchOrder, fresh, post } from "../load/orders.js";
import { BENCH_KEY } from "../stub-providers/provider-settings.js";
import type { Deployment } from "./deployment.js";

export const WIDTH = 30;

/** What was measured while orders were accepted and carried out; all but rates and latencies is per order. */
export interface Round {
  perSecond: number;
  acceptedPerSecond: number;
  acks: number[];
  cpuMs: Record<string, number>;
  /** CPU of each process's busiest thread, which a second core cannot speed up. */
  threadMs: Record<string, number>;
  orders: DatabaseUse;
  runs: DatabaseUse;
}

export interface DatabaseUse {
  transactions: number;
  walBytes: number;
  /** Growth of its files. */
  keptBytes: number;
  /** At the end of the round, not per order. */
  connections: number;
}

/** Sends orders to the APIs in turn; ends when `done` resolves, which waits until so many more were carried out. */
export async function measureRound(
  deployment: Deployment,
  runsUrl: string,
  orders: number,
  done: (orders: number) => Promise<void>,
): Promise<Round> {
  const [ordersBefore, runsBefore] = await Promise.all([databaseUse(deployment.databaseUrl), databaseUse(runsUrl)]);
  const threadsNow = () => Object.entries(deployment.pids).map(([role, pid]) => [role, threadsOf(pid)] as const);
  const [cpuBefore, threadsBefore] = [usageOf(deployment.pids).cpuMs, Object.fromEntries(threadsNow())];
  const allDone = done(orders);
  const began = performance.now();
  const acks = await inFlight(orders, WIDTH, (index) =>
    sendOrder(deployment.bases[index % deployment.bases.length] ?? ""),
  );
  const acceptedPerSecond = (orders / (performance.now() - began)) * 1000;
  await allDone;
  const perSecond = (orders / (performance.now() - began)) * 1000;
  const [cpu, threads] = [usageOf(deployment.pids).cpuMs, threadsNow()];
  const [ordersNow, runsNow] = await Promise.all([databaseUse(deployment.databaseUrl), databaseUse(runsUrl)]);
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
    orders: used(ordersNow, ordersBefore),
    runs: used(runsNow, runsBefore),
  };
}

/** As a caller should: after a 503 the same request is sent again under the same key. */
async function sendOrder(base: string): Promise<void> {
  const [key, body] = [fresh(), benchOrder(fresh())];
  for (;;) {
    const answer = await post(`${base}/v1/orders`, body, { key, bearer: BENCH_KEY, expected: [202, 503] });
    if ((JSON.parse(answer) as { status: unknown }).status !== 503) return;
  }
}

/** Over the whole server, since its write-ahead log is not divided by database. */
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
