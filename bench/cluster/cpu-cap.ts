import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = "/sys/fs/cgroup";
const UNIFIED = existsSync(join(ROOT, "cgroup.controllers"));
const PERIOD_US = 20_000;

/**
 * Limits a process to a share of a core. The returned function removes the group once the process has ended; null where
 * this process cannot create Linux control groups.
 */
export function capCpu(pid: number, cores: number): (() => void) | null {
  const group = join(ROOT, UNIFIED ? "" : "cpu", `idem-bench-${pid}`);
  const quota = String(Math.round(cores * PERIOD_US));
  const limits = UNIFIED
    ? { "cpu.max": `${quota} ${PERIOD_US}` }
    : { "cpu.cfs_period_us": String(PERIOD_US), "cpu.cfs_quota_us": quota };
  try {
    mkdirSync(group);
    for (const [file, value] of Object.entries(limits)) writeFileSync(join(group, file), value);
    writeFileSync(join(group, "cgroup.procs"), String(pid));
    return () => rmdirSync(group);
  } catch {
    if (existsSync(group)) rmdirSync(group);
    return null;
  }
}
