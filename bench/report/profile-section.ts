import type { Share, ThreadProfile } from "../cpu-profile.js";
import type { ProfileOptions } from "../profile.js";
import type { Section, Table } from "./section.js";

export interface MeasuredProfile {
  options: ProfileOptions;
  profiles: { name: string; threads: ThreadProfile[] }[];
  statements: { text: string; times: number }[];
  perSecond: number;
  /** Orders done while the profile was taken. */
  sent: number;
  /** CPU per order by process; empty where it cannot be read. */
  cpuMs: Record<string, number>;
}

const ROWS = 12;
const TEXT_WIDTH = 100;
/** A thread that was busy for less than this share of its process is left out. */
const WORTH_A_TABLE = 0.02;

/** Where an order's time goes, as a part of the report. */
export function profileSection(measured: MeasuredProfile): Section {
  const { options, profiles, sent } = measured;
  return {
    name: "profile",
    title: "Where an order's time goes",
    tables: [
      perOrder(measured),
      ...profiles.flatMap(({ name, threads }) => busyThreads(threads).flatMap((thread) => tables(name, thread, sent))),
      statementsTable(measured),
    ],
    plots: [],
    ratios: {},
    notes: [
      `${sent} orders, 30 in flight until done, after ${options.warmUp} by which the code got warm; only samples of that time count.`,
      "Shares are of a thread's busy time, by self time. Taking the profile costs CPU time too: the processes' own figures are higher here than side by side.",
      "Native code is what runs outside JavaScript: system calls, the engine's own work, the Rust core of the Temporal SDK as far as it runs on the thread.",
      `Statements are counted over ${options.counted} orders one after the other, by the server's log; the sweeps of idle processes are among them.`,
    ],
    figures: { ...measured, profiles: profiles.map(({ name, threads }) => ({ name, threads: threads.map(brief) })) },
  };
}

function brief({ thread, busyMs, rooms, functions }: ThreadProfile) {
  return { thread, busyMs, rooms: rooms.slice(0, ROWS), functions: functions.slice(0, ROWS) };
}

function busyThreads(threads: readonly ThreadProfile[]): ThreadProfile[] {
  const all = threads.reduce((sum, { busyMs }) => sum + busyMs, 0);
  return threads.filter(({ busyMs }) => busyMs > all * WORTH_A_TABLE);
}

function perOrder({ cpuMs, perSecond, statements, options }: MeasuredProfile): Table {
  const count = statements.reduce((sum, { times }) => sum + times, 0) / options.counted;
  return {
    caption: "An order until it is done",
    columns: ["what", "figure"],
    rows: [
      ["SQL statements", count.toFixed(1)],
      ...Object.entries(cpuMs).map(([process, ms]) => [`CPU ms, ${process}`, ms.toFixed(1)]),
      ["orders per second, while profiled", perSecond.toFixed(1)],
    ],
  };
}

function tables(process: string, { thread, busyMs, rooms, functions }: ThreadProfile, orders: number): Table[] {
  const of = `${process}, ${thread}, busy ${(busyMs / orders).toFixed(1)} ms per order`;
  const rows = (shares: readonly Share[]) =>
    shares
      .slice(0, ROWS)
      .map(({ name, share }) => [name, `${(share * 100).toFixed(1)} %`, ((share * busyMs) / orders).toFixed(2)]);
  return [
    { caption: `By room: ${of}`, columns: ["room", "share", "ms per order"], rows: rows(rooms) },
    { caption: `By function: ${of}`, columns: ["function", "share", "ms per order"], rows: rows(functions) },
  ];
}

function statementsTable({ statements, options }: MeasuredProfile): Table {
  return {
    caption: "SQL statements per order, one order at a time",
    columns: ["statement", "per order"],
    rows: statements
      .map(({ text, times }) => [shortened(text), (times / options.counted).toFixed(1)])
      .filter(([, times]) => times !== "0.0"),
  };
}

function shortened(text: string): string {
  const cell = text.replaceAll("|", "\\|");
  return cell.length > TEXT_WIDTH ? `${cell.slice(0, TEXT_WIDTH)} ...` : cell;
}
