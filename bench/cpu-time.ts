import { readdirSync, readFileSync } from "node:fs";

/** What the processes of a system used, by role: CPU in milliseconds, memory in MiB. */
export interface Usage {
  cpuMs: Record<string, number>;
  rssMiB: Record<string, number>;
}

const TICK_MS = 10;
/** The fields of user and system time of a process or thread, and of its ended children. */
const [UTIME, STIME, CUTIME, CSTIME] = [11, 12, 13, 14] as const;
const PAGE_KIB = 4;

/** Reads /proc, which only Linux has; on other systems the figures are absent. */
export function usageOf(roots: Readonly<Record<string, number>>): Usage {
  const usage: Usage = { cpuMs: {}, rssMiB: {} };
  if (process.platform !== "linux") return usage;
  const table = readTable();
  const add = (role: string, { cpuMs, rssMiB }: Row) => {
    usage.cpuMs[role] = (usage.cpuMs[role] ?? 0) + cpuMs;
    usage.rssMiB[role] = (usage.rssMiB[role] ?? 0) + rssMiB;
  };
  for (const [role, root] of Object.entries(roots)) {
    for (const row of family(root, table)) {
      if (role !== "engines") add(role, row);
      else if (row.name === "temporal" || row.name === "postgres") add(row.name, row);
    }
  }
  return usage;
}

/** The CPU between two readings, per order of those done in between. */
export function cpuPerOrder(before: Usage, after: Usage, orders: number): Record<string, number> {
  const used = ([role, ms]: [string, number]) => [role, (ms - (before.cpuMs[role] ?? 0)) / orders] as const;
  return Object.fromEntries(Object.entries(after.cpuMs).map(used));
}

interface Row {
  pid: number;
  parent: number;
  name: string;
  cpuMs: number;
  rssMiB: number;
}

function family(root: number, table: readonly Row[]): Row[] {
  const children = table.filter(({ parent }) => parent === root);
  return [...table.filter(({ pid }) => pid === root), ...children.flatMap(({ pid }) => family(pid, table))];
}

function readTable(): Row[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readRow(Number(name)) ?? []);
}

function readRow(pid: number): Row | null {
  try {
    const { name, fields } = statAt(`/proc/${pid}`);
    return {
      pid,
      parent: Number(fields[1]),
      name,
      // Time of ended children counts too: each connection of PostgreSQL is a process.
      cpuMs: msIn(fields, [UTIME, STIME, CUTIME, CSTIME]),
      rssMiB: (Number(fields[21]) * PAGE_KIB) / 1024,
    };
  } catch {
    return null; // it has ended
  }
}

/** The CPU of every thread of a process so far, in milliseconds. */
export function threadsOf(pid: number): Record<string, number> {
  if (process.platform !== "linux") return {};
  const threads: Record<string, number> = {};
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      threads[thread] = msIn(statAt(`/proc/${pid}/task/${thread}`).fields, [UTIME, STIME]);
    } catch {
      // it has ended
    }
  }
  return threads;
}

/** The name may contain spaces and brackets: the fields begin after the last bracket. */
function statAt(folder: string): { name: string; fields: string[] } {
  const stat = readFileSync(`${folder}/stat`, "utf8");
  const behind = stat.lastIndexOf(")") + 2;
  return { name: stat.slice(stat.indexOf("(") + 1, behind - 2), fields: stat.slice(behind).split(" ") };
}

function msIn(fields: readonly string[], indexes: readonly number[]): number {
  return indexes.reduce((sum, index) => sum + Number(fields[index]), 0) * TICK_MS;
}
