import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../dev/free-port.js";
import type { World } from "./world.js";

export interface BenchService {
  base: string;
  temporalAddress: string;
  databaseUrl: string;
  /** What PostgreSQL logs. */
  postgresLog: string;
  /** The process ids by what they do; the engines' is the parent of Temporal and PostgreSQL. */
  pids: { engines: number; worker: number; api: number };
  /** Ends the worker and starts another, which is then in `pids`; the milliseconds until that one takes work. */
  restartWorker(signal: "SIGTERM" | "SIGKILL"): Promise<number>;
  /** Starts another program of this bench beside the service; it ends with it. */
  beside(script: string, env: NodeJS.ProcessEnv): ChildProcess;
  /** Runs `idem audit` to its end; its exit status and what it printed. */
  audit(): Promise<{ status: number; output: string }>;
  stop(): Promise<void>;
}

/** The key that a service with a world of the bench takes. */
export const BENCH_KEY = "bench-merchant-key-000000000000";

/** What a world's card provider and its warehouse sign their events with. */
export const STRIPE_WEBHOOK_SECRET = "whsec_bench";
export const FULFILMENT_SECRET = `whsec_${Buffer.from("bench").toString("base64")}`;

const PROGRAMS = {
  engines: fileURLToPath(new URL("../dev/engines.js", import.meta.url)),
  simulator: fileURLToPath(new URL("../dev/run-simulator.js", import.meta.url)),
  worker: fileURLToPath(new URL("../src/main/worker.js", import.meta.url)),
  api: fileURLToPath(new URL("../src/main/api.js", import.meta.url)),
};
const AUDIT = fileURLToPath(new URL("../src/main/cli.js", import.meta.url));
const START_WITHIN_MS = 400_000;

/**
 * A whole Idem for a measurement, in a home of its own: engines, a worker, an API, and the outside world given, or
 * else the simulator. Into `profiles` worker and API leave a CPU profile when they stop.
 */
export async function startBenchService(world?: World, profiles?: string): Promise<BenchService> {
  const home = mkdtempSync(join(tmpdir(), "idem-bench-"));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    IDEM_HOME: home,
    PORT: String(port),
    PUBLIC_URL: base,
    RATE_LIMIT: "100000",
    LOG_LEVEL: "warn",
    ...(world && outside(world)),
  };
  const children: ChildProcess[] = [];
  const spawned = (script: string, environment: NodeJS.ProcessEnv, flags: readonly string[] = []) => {
    const child = spawn(process.execPath, [...flags, script], {
      env: environment,
      stdio: ["ignore", "ignore", "inherit"],
    });
    children.push(child);
    return child;
  };
  const profiled = (name: string) => (profiles ? ["--cpu-prof", `--cpu-prof-dir=${join(profiles, name)}`] : []);
  const run = (name: keyof typeof PROGRAMS, flags?: readonly string[]) => spawned(PROGRAMS[name], env, flags);
  const stop = async () => {
    for (const child of children.reverse()) await end(child);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const engines = run("engines");
    const files = world ? ["engines.json"] : ["engines.json", "simulator.json"];
    if (!world) run("simulator");
    await until(() => files.every((name) => existsSync(join(home, name))), engines);
    let worker = run("worker", profiled("worker"));
    const api = run("api", profiled("api"));
    await until(async () => (await ready(base))?.workers === "up", api);
    const { temporalAddress, databaseUrl } = JSON.parse(readFileSync(join(home, "engines.json"), "utf8"));
    const pids = { engines: idOf(engines), worker: idOf(worker), api: idOf(api) };
    const restartWorker = async (signal: "SIGTERM" | "SIGKILL") => {
      await end(worker, signal);
      const began = performance.now();
      const metricsPort = String(await freePort());
      worker = spawned(PROGRAMS.worker, { ...env, METRICS_PORT: metricsPort });
      pids.worker = idOf(worker);
      // They are served last of all, right before it polls.
      await until(() => answers(`http://127.0.0.1:${metricsPort}/metrics`), worker);
      return performance.now() - began;
    };
    const beside = (script: string, extra: NodeJS.ProcessEnv) =>
      spawned(script, { PATH: process.env["PATH"], ...extra });
    const postgresLog = join(home, "logs", "postgres.log");
    const audit = () => runAudit(env);
    return { base, temporalAddress, databaseUrl, postgresLog, pids, restartWorker, beside, audit, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Asks a process to end, unless it has, and waits for it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

/** Whether something listens there, and answers. */
export function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false, // not listening yet
  );
}

/** Runs `idem audit` to its end. Not spawnSync: this process answers for the outside world that the audit asks. */
export function runAudit(env: NodeJS.ProcessEnv): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [AUDIT, "audit"], { env }, (error, stdout, stderr) =>
      resolve({ status: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}

async function ready(base: string): Promise<{ workers: string } | null> {
  try {
    return (await (await fetch(`${base}/readyz`)).json()) as { workers: string };
  } catch {
    return null; // not listening yet
  }
}

/** Waits for what a program brings up; an error when it ends before, or takes too long. */
export async function until(
  probe: () => boolean | Promise<boolean>,
  child: ChildProcess,
  withinMs = START_WITHIN_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await probe())) {
    if (child.exitCode !== null) throw new Error(`a process of the bench ended with status ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error("the service did not come up");
    await pause(100);
  }
}

/** What points a process at the world of the bench and lets `BENCH_KEY` in. */
export function outside({ httpUrl, smtpUrl }: Pick<World, "httpUrl" | "smtpUrl">): NodeJS.ProcessEnv {
  return {
    STRIPE_SECRET_KEY: "sk_test_bench",
    STRIPE_API_BASE: httpUrl,
    STRIPE_WEBHOOK_SECRET,
    FULFILMENT_URL: httpUrl,
    FULFILMENT_SECRET,
    SMTP_URL: smtpUrl,
    MAIL_FROM: "shop@example.com",
    API_KEYS: `bench:merchant:${BENCH_KEY}`,
  };
}

function idOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("a process of the bench did not start");
  return pid;
}
