import { type ChildProcess, execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../src/main/cli.js", import.meta.url));
const START_WITHIN_MS = 400_000;

const begun = new Set<ChildProcess>();
process.once("exit", () => begun.forEach((child) => child.kill()));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** Has a process end with the bench, also with one that is interrupted. */
export function endWithBench(child: ChildProcess): ChildProcess {
  begun.add(child);
  child.once("exit", () => begun.delete(child));
  return child;
}

/** Asks a process to end, unless it has ended, and waits for it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

/** Whether a server listens there and returns a success. */
export function isServing(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false, // not listening yet
  );
}

/** Waits until a program is up; an error when it ends before, or takes too long. */
export async function waitUntilUp(
  probe: () => boolean | Promise<boolean>,
  child: ChildProcess,
  withinMs = START_WITHIN_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await probe())) {
    if (child.exitCode !== null) throw new Error(`a process of the bench ended with status ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error("a process of the bench did not come up");
    await pause(100);
  }
}

export interface AuditRun {
  status: number;
  output: string;
}

/** Runs `idem audit` to its end. Not spawnSync: this process serves the stub providers that the audit asks. */
export function runAudit(env: NodeJS.ProcessEnv): Promise<AuditRun> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, "audit"], { env }, (error, stdout, stderr) =>
      resolve({ status: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}

export function idOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("a process of the bench did not start");
  return pid;
}
