import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimPidFile, endProcess, holderOf, writePidFile } from "../../dev/pid-file.js";
import { processOf } from "../../dev/process-table.js";

let folder: string;
let path: string;
let sleeper: ChildProcess;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "idem-pid-"));
  path = join(folder, "engine.pid");
  sleeper = spawn("sleep", ["60"]);
});
afterEach(() => {
  sleeper.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("it did not start");
  return pid;
}

test("a running process is found again", () => {
  writePidFile(path, pidOf(sleeper));
  expect(holderOf(path)).toMatchObject({ pid: pidOf(sleeper), command: "sleep 60" });
});

test("a stranger with the same id is not taken for it", () => {
  writeFileSync(path, `${pidOf(sleeper)} another-time\n`);
  expect(holderOf(path)).toBeNull();
});

test("no holder is found without a file or in a broken one", () => {
  expect(holderOf(path)).toBeNull();
  writeFileSync(path, "");
  expect(holderOf(path)).toBeNull();
});

test("a file is claimed once", () => {
  expect(claimPidFile(path)).toBeNull();
  expect(claimPidFile(path)).toMatchObject({ pid: process.pid });
});

test("a dead process's file is claimed", async () => {
  writePidFile(path, pidOf(sleeper));
  const target = processOf(pidOf(sleeper));
  if (target) await endProcess(target, "SIGTERM", 5_000);
  expect(claimPidFile(path)).toBeNull();
  expect(readFileSync(path, "utf8")).toMatch(new RegExp(`^${process.pid} `));
});

test("a process that ignores its signal is killed", async () => {
  const ready = join(folder, "ready");
  const deaf = spawn("sh", ["-c", `trap '' TERM; touch ${ready}; while true; do sleep 0.05; done`]);
  await expect.poll(() => existsSync(ready)).toBe(true);
  const target = processOf(pidOf(deaf));
  if (target) await endProcess(target, "SIGTERM", 200);
  expect(processOf(pidOf(deaf))).toBeNull();
});
