import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../dev/free-port.js";
import { answers, end, runAudit, until } from "../bench-service.js";
import { database, fillShelf } from "../contenders.js";
import { capCpu } from "./cpu-cap.js";
import type { ClusterEngines } from "./start-engines.js";

/** How many processes of Idem serve: APIs, and workers by the queues each serves. */
export interface Shape {
  apis: number;
  workers: readonly string[];
  /** How much of a core each may have while it is measured; as much as there is when absent. */
  cores?: { API: number; worker: number };
}

/** An Idem of some shape with a book, a namespace and an outside world of its own. */
export interface Place {
  bases: readonly string[];
  databaseUrl: string;
  pids: Record<string, number>;
  /** From now on no process has more than its share of a core. */
  cap(): void;
  audit(): Promise<{ status: number; output: string }>;
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("../../src/main/", import.meta.url));
const START_WITHIN_MS = 60_000;

/** Starts it; `parties` says who is outside, to an API that listens at `base`. */
export async function openPlace(
  engines: ClusterEngines,
  namespace: string,
  shape: Shape,
  parties: (base: string) => NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv>,
): Promise<Place> {
  const databaseUrl = await database(engines.databaseUrl, namespace.replaceAll("-", "_"));
  const ports = await Promise.all(Array.from({ length: shape.apis }, () => freePort()));
  const bases = ports.map((port) => `http://127.0.0.1:${port}`);
  const env = {
    PATH: process.env["PATH"],
    IDEM_HOME: join(engines.home, namespace),
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: engines.temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    PUBLIC_URL: bases[0],
    RATE_LIMIT: "100000",
    LOG_LEVEL: "warn",
    ...(await parties(bases[0] ?? "")),
  };
  const children: Record<string, ChildProcess> = {};
  const run = async (role: string, program: string, own: NodeJS.ProcessEnv, readyUrl: string) => {
    const stdio = ["ignore", "ignore", "inherit"] as const;
    const child = spawn(process.execPath, [join(MAIN, program)], { env: { ...env, ...own }, stdio: [...stdio] });
    children[role] = child;
    await until(() => answers(readyUrl), child, START_WITHIN_MS);
  };
  const lifts: (() => void)[] = [];
  const cap = () => {
    if (!shape.cores) return;
    const { API, worker } = shape.cores;
    for (const [role, { pid = 0 }] of Object.entries(children)) {
      const lift = capCpu(pid, role.startsWith("API") ? API : worker);
      if (lift) lifts.push(lift);
    }
  };
  const stop = async () => {
    await Promise.all(Object.values(children).map((child) => end(child)));
    for (const lift of lifts.splice(0)) lift();
  };
  try {
    for (const [index, queues] of shape.workers.entries()) {
      const port = await freePort();
      const own = { METRICS_PORT: String(port), WORKER_QUEUES: queues };
      await run(`worker ${index + 1}`, "worker.js", own, `http://127.0.0.1:${port}/metrics`);
    }
    for (const [index, base] of bases.entries())
      await run(`API ${index + 1}`, "api.js", { PORT: String(ports[index]) }, `${base}/readyz`);
    await fillShelf(bases[0] ?? "", "BENCH-1");
  } catch (error) {
    await stop();
    throw error;
  }
  const pids = Object.fromEntries(Object.entries(children).map(([role, { pid }]) => [role, pid ?? 0]));
  return { bases, databaseUrl, pids: { ...engines.pids, ...pids }, cap, audit: () => runAudit(env), stop };
}
