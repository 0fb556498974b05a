import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processOf, type RunningProcess } from "./process-table.js";

const HANDOVER_MS = 5_000;

/** Notes which process holds something; the start time keeps a recycled pid from being taken for it. */
export function writePidFile(path: string, pid: number): void {
  writeFileSync(path, noteOf(pid), { mode: 0o600 });
}

/** The process the file names, if it still runs. */
export function holderOf(path: string): RunningProcess | null {
  const [pid, startedAt] = (readNote(path) ?? "").split(" ", 2);
  const running = pid ? processOf(Number(pid)) : null;
  return running && running.startedAt === startedAt ? running : null;
}

/** Makes this process the only holder of the file, or answers who is. */
export function claimPidFile(path: string): RunningProcess | null {
  const mine = `${path}.${process.pid}`;
  writePidFile(mine, process.pid);
  try {
    while (!linked(mine, path)) {
      const holder = holderOf(path);
      if (holder) return holder;
      dropStale(path);
    }
    return null;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** The same, but a holder that is about to end gets time to do so: by default that of one whose supervisor was killed. */
export async function claimInTime(path: string, patienceMs = HANDOVER_MS): Promise<RunningProcess | null> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const holder = claimPidFile(path);
    if (holder === null || Date.now() > deadline) return holder;
    await sleep(100);
  }
}

interface Waiting {
  /** Throws when it took longer; by default it waits as long as it takes. */
  patienceMs?: number;
  onWait(): void;
}

/** Does what one process at a time may do, whoever holds the file. */
export async function alone<T>(path: string, { patienceMs, onWait }: Waiting, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  if (claimPidFile(path)) {
    onWait();
    const holder = await claimInTime(path, patienceMs ?? Number.POSITIVE_INFINITY);
    if (holder) throw new Error(`process ${holder.pid} has held ${path} for too long; end it first`);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Ends a process and waits for it; SIGKILL when it takes longer than this. */
export async function endProcess(target: RunningProcess, signal: NodeJS.Signals, patienceMs: number): Promise<void> {
  const runs = () => processOf(target.pid)?.startedAt === target.startedAt;
  const deadline = Date.now() + patienceMs;
  if (runs()) process.kill(target.pid, signal);
  while (runs() && Date.now() < deadline) await sleep(50);
  if (runs()) process.kill(target.pid, "SIGKILL");
  while (runs()) await sleep(50);
}

function noteOf(pid: number): string {
  return `${pid} ${processOf(pid)?.startedAt ?? ""}\n`;
}

function readNote(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trimEnd();
  } catch {
    return null;
  }
}

// A link appears whole and only where nothing is, unlike a file that is created and then written.
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

// Two may find the same dead holder; the slower one catches the faster one's fresh file and puts it back.
function dropStale(path: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (holderOf(aside)) linkSync(aside, path);
  } catch {
    // the other one was faster
  }
  rmSync(aside, { force: true });
}
