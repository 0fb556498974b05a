import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface RunningProcess {
  pid: number;
  /** When it started, in whatever unit the system reports; with the pid it names one process for ever. */
  startedAt: string;
  command: string;
}

/** The process that has this id now, or null. */
export function processOf(pid: number): RunningProcess | null {
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): RunningProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the name in parentheses and may hold anything, so counting starts behind it.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z") return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, startedAt: fields[18] ?? "", command };
  } catch {
    return null;
  }
}

function fromPs(pid: number): RunningProcess | null {
  const [startedAt, command] = ["lstart=", "command="].map((column) => {
    const { stdout } = spawnSync("ps", ["-o", column, "-p", String(pid)], { encoding: "utf8" });
    return stdout?.trim();
  });
  return startedAt && command ? { pid, startedAt, command } : null;
}
