import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../dev/free-port.js";
import { enginesPath, readEngines } from "../src/config/home.js";
import { type AuditRun, end, endWithBench, idOf, isServing, runAudit, waitUntilUp } from "./child-processes.js";
import { providerSettings } from "./stub-providers/provider-settings.js";
import type { StubProviders } from "./stub-providers/stub-providers.js";

export interface BenchService {
  base: string;
  temporalAddress: string;
  databaseUrl: string;
  /** PostgreSQL's log file. */
  postgresLog: string;
  /** Process ids by role; the engines' process is the parent of Temporal and PostgreSQL. */
  pids: { engines: number; worker: number; api: number };
  /** Ends the worker and starts another, which is then in `pids`; the milliseconds until that one polls for tasks. */
  restartWorker(signal: "SIGTERM" | "SIGKILL"): Promise<number>;
  /** Starts another program of this bench on the same engines; it ends with the service. */
  runBeside(script: string, env: NodeJS.ProcessEnv): ChildProcess;
  audit(): Promise<AuditRun>;
  stop(): Promise<void>;
}

const PROGRAMS = {
  engines: fileURLToPath(new URL("../dev/engines.js", import.meta.url)),
  worker: fileURLToPath(new URL("../src/main/worker.js", import.meta.url)),
  api: fileURLToPath(new URL("../src/main/api.js", import.meta.url)),
};

/**
 * A whole Idem for a measurement, in a home of its own: engines, a worker and an API that call the stub providers.
 * Worker and API leave a CPU profile in `profiles` when they stop.
 */
export async function startBenchService(
  providers: StubProviders,
  { profiles, settings = {} }: { profiles?: string; settings?: NodeJS.ProcessEnv } = {},
): Promise<BenchService> {
  const home = mkdtempSync(join(tmpdir(), "idem-bench-"));
  const port = await freePort();
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children.reverse()) await end(child);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    return {
      ...(await startProcesses({
        home,
        port,
        env: { ...environment(home, port, providers), ...settings },
        children,
        profiles,
      })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Start {
  home: string;
  port: number;
  env: NodeJS.ProcessEnv;
  /** Every process that was started, to be ended with the service. */
  children: ChildProcess[];
  profiles: string | undefined;
}

async function startProcesses({ home, port, env, children, profiles }: Start): Promise<Omit<BenchService, "stop">> {
  const start = (script: string, childEnv: NodeJS.ProcessEnv, flags: readonly string[] = []) => {
    const child = endWithBench(
      spawn(process.execPath, [...flags, script], { env: childEnv, stdio: ["ignore", "ignore", "inherit"] }),
    );
    children.push(child);
    return child;
  };
  const profiled = (name: string) => (profiles ? ["--cpu-prof", `--cpu-prof-dir=${join(profiles, name)}`] : []);
  const base = `http://127.0.0.1:${port}`;
  const engines = start(PROGRAMS.engines, env);
  await waitUntilUp(() => existsSync(enginesPath(home)), engines);
  let worker = start(PROGRAMS.worker, env, profiled("worker"));
  const api = start(PROGRAMS.api, env, profiled("api"));
  await waitUntilUp(() => hasWorkers(base), api);
  const { temporalAddress = "", databaseUrl = "" } = readEngines(home) ?? {};
  const pids = { engines: idOf(engines), worker: idOf(worker), api: idOf(api) };
  const restartWorker = async (signal: "SIGTERM" | "SIGKILL") => {
    await end(worker, signal);
    const began = performance.now();
    const metricsPort = String(await freePort());
    worker = start(PROGRAMS.worker, { ...env, METRICS_PORT: metricsPort });
    pids.worker = idOf(worker);
    // Metrics are served last, right before the worker polls.
    await waitUntilUp(() => isServing(`http://127.0.0.1:${metricsPort}/metrics`), worker);
    return performance.now() - began;
  };
  const runBeside = (script: string, extra: NodeJS.ProcessEnv) =>
    start(script, { PATH: process.env["PATH"], ...extra });
  const postgresLog = join(home, "logs", "postgres.log");
  return {
    base,
    temporalAddress,
    databaseUrl,
    postgresLog,
    pids,
    restartWorker,
    runBeside,
    audit: () => runAudit(env),
  };
}

function environment(home: string, port: number, providers: StubProviders): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    IDEM_HOME: home,
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    RATE_LIMIT: "100000",
    LOG_LEVEL: "warn",
    ...providerSettings(providers),
  };
}

async function hasWorkers(base: string): Promise<boolean> {
  try {
    return ((await (await fetch(`${base}/readyz`)).json()) as { workers: string }).workers === "up";
  } catch {
    return false; // not listening yet
  }
}
