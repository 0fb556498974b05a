import type { Share, ThreadProfile } from "../cpu-profile.js";
import type { ProfileOptions } from "../profile.js";
import type { CountedStatement } from "../statements.js";
import type { Section, Table } from "./section.js";
import { statementsTable } from "./statements-table.js";

export interface MeasuredProfile {
  options: ProfileOptions;
  profiles: { name: string; threads: ThreadProfile[] }[];
  statements: CountedStatement[];
  perSecond: number;
  /** Orders done during the profile. */
  sent: number;
  /** CPU per order by process; empty where it cannot be read. */
  cpuMs: Record<string, number>;
}

const ROWS = 12;
/** A thread that was busy for less than this share of its process has no table. */
const WORTH_A_TABLE = 0.02;

/** Where the CPU time of an order goes. */
export function profileSection(measured: MeasuredProfile): Section {
  const { options, profiles, sent, statements } = measured;
  return {
    name: options.until === "confirmed" ? "profile" : "profile-to-delivery",
    title: `Where the CPU time of an order goes until it is ${options.until}`,
    tables: [
      perOrder(measured),
      ...profiles.flatMap(({ name, threads }) => busyThreads(threads).flatMap((thread) => tables(name, thread, sent))),
      statementsTable(
        "SQL statements per order, one order at a time",
        statements.map(({ text, times }) => ({ text, perOrder: times / options.counted })),
      ),
    ],
    plots: [],
    ratios: {},
    notes: [
      `${sent} orders, 30 in flight until done, after ${options.warmUp} that warmed the code up; only samples of that time count.`,
      "Shares are of a thread's busy time, by self time. Profiling costs CPU time too: the figures of the processes are higher here than side by side.",
      "Native code runs outside JavaScript: system calls, the engine's own work, and the Rust core of the Temporal SDK where it runs on the thread.",
      `Statements are counted from the server's log over ${options.counted} orders one after the other; the sweeps of idle processes are among them.`,
    ],
    figures: { ...measured, profiles: profiles.map(({ name, threads }) => ({ name, threads: threads.map(brief) })) },
  };
}

function brief({ thread, busyMs, modules, functions }: ThreadProfile) {
  return { thread, busyMs, modules: modules.slice(0, ROWS), functions: functions.slice(0, ROWS) };
}

function busyThreads(threads: readonly ThreadProfile[]): ThreadProfile[] {
  const all = threads.reduce((sum, { busyMs }) => sum + busyMs, 0);
  return threads.filter(({ busyMs }) => busyMs > all * WORTH_A_TABLE);
}

function perOrder({ cpuMs, perSecond, statements, options }: MeasuredProfile): Table {
  const count = statements.reduce((sum, { times }) => sum + times, 0) / options.counted;
  return {
    caption: "What an order costs",
    columns: ["figure", "value"],
    rows: [
      ["SQL statements", count.toFixed(1)],
      ...Object.entries(cpuMs).map(([process, ms]) => [`CPU ms, ${process}`, ms.toFixed(1)]),
      ["orders per second, while profiled", perSecond.toFixed(1)],
    ],
  };
}

function tables(process: string, { thread, busyMs, modules, functions }: ThreadProfile, orders: number): Table[] {
  const of = `${process}, ${thread}, busy ${(busyMs / orders).toFixed(1)} ms per order`;
  const rows = (shares: readonly Share[]) =>
    shares
      .slice(0, ROWS)
      .map(({ name, share }) => [name, `${(share * 100).toFixed(1)} %`, ((share * busyMs) / orders).toFixed(2)]);
  return [
    { caption: `By module: ${of}`, columns: ["module", "share", "ms per order"], rows: rows(modules) },
    { caption: `By function: ${of}`, columns: ["function", "share", "ms per order"], rows: rows(functions) },
  ];
}
