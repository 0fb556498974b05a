import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../dev/free-port.js";
import { type AuditRun, end, isServing, runAudit, waitUntilUp } from "../child-processes.js";
import { providerSettings } from "../stub-providers/provider-settings.js";
import type { StubProviders } from "../stub-providers/stub-providers.js";
import { createDatabase, fillStock } from "../systems.js";
import { capCpu } from "./cpu-cap.js";
import type { ClusterEngines } from "./start-engines.js";

/** How many processes of Idem serve: APIs, and workers by the queues that each serves. */
export interface Topology {
  apis: number;
  workers: readonly string[];
  /** How much of a core each may have while it is measured; no limit when absent. */
  cores?: { API: number; worker: number };
}

/** An Idem of some topology with an order database and a namespace of its own. */
export interface Deployment {
  bases: readonly string[];
  databaseUrl: string;
  pids: Record<string, number>;
  providers: StubProviders;
  /** From now on each process is limited to its share of a core. */
  cap(): void;
  audit(): Promise<AuditRun>;
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("../../src/main/", import.meta.url));
const START_WITHIN_MS = 60_000;

export async function startDeployment(
  engines: ClusterEngines,
  namespace: string,
  topology: Topology,
  providers: StubProviders,
): Promise<Deployment> {
  const databaseUrl = await createDatabase(engines.databaseUrl, namespace.replaceAll("-", "_"));
  const ports = await Promise.all(Array.from({ length: topology.apis }, () => freePort()));
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
    ...providerSettings(providers),
  };
  const children: Record<string, ChildProcess> = {};
  const lifts: (() => void)[] = [];
  const stop = async () => {
    await Promise.all(Object.values(children).map((child) => end(child)));
    for (const lift of lifts.splice(0)) lift();
  };
  try {
    await startProcesses(children, env, topology, ports);
    await fillStock(bases[0] ?? "", "BENCH-1");
  } catch (error) {
    await stop();
    throw error;
  }
  const pids = Object.fromEntries(Object.entries(children).map(([role, { pid }]) => [role, pid ?? 0]));
  const cap = () => lifts.push(...capProcesses(children, topology));
  const audit = () => runAudit(env);
  return { bases, databaseUrl, pids: { ...engines.pids, ...pids }, providers, cap, audit, stop };
}

async function startProcesses(
  children: Record<string, ChildProcess>,
  env: NodeJS.ProcessEnv,
  { workers }: Topology,
  ports: readonly number[],
): Promise<void> {
  const start = async (role: string, program: string, own: NodeJS.ProcessEnv, readyUrl: string) => {
    const child = spawn(process.execPath, [join(MAIN, program)], {
      env: { ...env, ...own },
      stdio: ["ignore", "ignore", "inherit"],
    });
    children[role] = child;
    await waitUntilUp(() => isServing(readyUrl), child, START_WITHIN_MS);
  };
  for (const [index, queues] of workers.entries()) {
    const port = String(await freePort());
    const own = { METRICS_PORT: port, WORKER_QUEUES: queues };
    await start(`worker ${index + 1}`, "worker.js", own, `http://127.0.0.1:${port}/metrics`);
  }
  for (const [index, port] of ports.entries())
    await start(`API ${index + 1}`, "api.js", { PORT: String(port) }, `http://127.0.0.1:${port}/readyz`);
}

/** Limits each process to its share of a core; what is returned lifts the limits. */
function capProcesses(children: Record<string, ChildProcess>, { cores }: Topology): (() => void)[] {
  if (!cores) return [];
  return Object.entries(children).flatMap(
    ([role, { pid = 0 }]) => capCpu(pid, role.startsWith("API") ? cores.API : cores.worker) ?? [],
  );
}
