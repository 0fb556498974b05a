import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A part of a thread's busy time. */
export interface Share {
  name: string;
  share: number;
}

/** What one thread did between two moments, by self time. */
export interface ThreadProfile {
  thread: string;
  busyMs: number;
  /** By package, module of Idem, or part of Node. */
  modules: Share[];
  functions: Share[];
}

interface CallFrame {
  functionName: string;
  url: string;
}

interface CpuProfile {
  /** Microseconds of the clock that {@link moment} reads. */
  startTime: number;
  nodes: { id: number; callFrame: CallFrame }[];
  samples: number[];
  timeDeltas: number[];
}

/** Now, on the clock of a CPU profile, which all processes of a machine share. */
export function moment(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Reads the profiles that `--cpu-prof` wrote to a folder, one file per thread; samples outside the two moments are ignored. */
export function readProfiles(folder: string, from: number, to: number): ThreadProfile[] {
  return readdirSync(folder)
    .map((name) => {
      const [, id] = /\.(\d+)\.\d+\.cpuprofile$/.exec(name) ?? [];
      const thread = id === "0" ? "main thread" : `thread ${id}`;
      return { thread, ...summed(JSON.parse(readFileSync(join(folder, name), "utf8")) as CpuProfile, from, to) };
    })
    .toSorted((one, other) => other.busyMs - one.busyMs);
}

function summed({ startTime, nodes, samples, timeDeltas }: CpuProfile, from: number, to: number) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const modules = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index] ?? 0;
    const frame = frames.get(id);
    if (!frame || at < from || at > to || frame.functionName === "(idle)") continue;
    const spent = timeDeltas[index + 1] ?? 0;
    const module = moduleOf(frame);
    busy += spent;
    modules.set(module, (modules.get(module) ?? 0) + spent);
    const name = `${frame.functionName || "(anonymous)"}, ${module}`;
    functions.set(name, (functions.get(name) ?? 0) + spent);
  }
  const shares = (spent: Map<string, number>): Share[] =>
    [...spent]
      .map(([name, micros]) => ({ name, share: micros / busy }))
      .toSorted((one, other) => other.share - one.share);
  return { busyMs: busy / 1000, modules: shares(modules), functions: shares(functions) };
}

function moduleOf({ functionName, url }: CallFrame): string {
  const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (inPackage) return inPackage;
  if (url.startsWith("node:")) return url.replace(/^node:(?:internal\/)?([^/]+).*/, "node $1");
  if (url.includes("workflow-bundle")) return "workflow sandbox";
  const ours = /\/dist\/((?:src\/)?[^/]+)/.exec(url)?.[1];
  if (ours) return ours;
  return functionName === "(garbage collector)" ? "garbage collection" : "native code";
}
