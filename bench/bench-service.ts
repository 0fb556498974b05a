import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../src/runtime/free-port.js";

export interface BenchService {
  base: string;
  temporalAddress: string;
  databaseUrl: string;
  stop(): Promise<void>;
}

const RUNTIME = fileURLToPath(new URL("../src/runtime/", import.meta.url));
const START_WITHIN_MS = 400_000;

/** A whole Idem for a measurement, in a home of its own: engines, outside world, a worker, an API. */
export async function startBenchService(): Promise<BenchService> {
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
  };
  const children: ChildProcess[] = [];
  const run = (name: string) => {
    const child = spawn(process.execPath, [join(RUNTIME, `${name}.js`)], {
      env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    children.push(child);
    return child;
  };
  const stop = async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const engines = run("engines");
    run("simulator");
    await until(() => existsSync(join(home, "engines.json")) && existsSync(join(home, "simulator.json")), engines);
    run("worker");
    const api = run("api");
    await until(async () => (await ready(base))?.workers === "up", api);
    const { temporalAddress, databaseUrl } = JSON.parse(readFileSync(join(home, "engines.json"), "utf8"));
    return { base, temporalAddress, databaseUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ready(base: string): Promise<{ workers: string } | null> {
  try {
    return (await (await fetch(`${base}/readyz`)).json()) as { workers: string };
  } catch {
    return null; // not listening yet
  }
}

async function until(probe: () => boolean | Promise<boolean>, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_WITHIN_MS;
  while (!(await probe())) {
    if (child.exitCode !== null) throw new Error(`a process of the bench ended with status ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error("the service did not come up");
    await pause(100);
  }
}
