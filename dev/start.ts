import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { ProgramFailure } from "./child-program.js";
import { type Config, readConfig } from "../src/config/config.js";
import { putDemoStock } from "./demo-stock.js";
import { ConfigError } from "../src/config/config-error.js";
import { freePort } from "./free-port.js";
import { localUrl } from "../src/config/local-url.js";
import { CRASH_WORKER } from "../src/config/demo-keys.js";
import { loadSetup, type Setup } from "../src/config/setup.js";
import { stopRequested } from "../src/main/shutdown.js";
import { printStep } from "./progress.js";
import { Supervisor } from "./supervisor.js";
import { banner } from "./banner.js";

const READY_WITHIN_MS = 60_000;

new Command("npm start")
  .description(
    "Starts everything that the environment does not name: Temporal, PostgreSQL, simulated providers, a worker and the API.\n" +
      "Ctrl-C stops all of it; the data stays in IDEM_HOME (.idem).",
  )
  .addHelpText(
    "after",
    `
Settings come from the environment; docs/configuration.md lists them all. Often used:
  PORT, HOST                   where the API listens (3000, 127.0.0.1)
  IDEM_HOME                    where data, logs and addresses are kept (.idem)
  DATABASE_URL                 your PostgreSQL instead of the embedded one
  TEMPORAL_ADDRESS             your Temporal instead of the embedded one
  STRIPE_SECRET_KEY, ...       your providers instead of the simulated ones

Examples:
  npm start
  PORT=8080 IDEM_HOME=/var/lib/idem npm start`,
  )
  .allowExcessArguments(false)
  .parse();

const printError = (problem: string) => process.stderr.write(`start: ${problem}\n`);

async function run(): Promise<number> {
  const setup = loadSetup();
  const env = { ...process.env, IDEM_HOME: setup.home, PORT: String(await choosePort(setup)) };
  mkdirSync(join(setup.home, "logs"), { recursive: true, mode: 0o700 });
  const programs = new Supervisor(setup.home, env);
  const stop = stopRequested();
  try {
    const end = await Promise.race([stop, programs.failure, bringUp(programs, setup, env).then(() => stop)]);
    if (!(end instanceof ProgramFailure)) return 0;
    printError(end.message);
    return end.exitCode || 1;
  } finally {
    await programs.stop();
  }
}

async function bringUp(programs: Supervisor, { external }: Setup, env: NodeJS.ProcessEnv): Promise<void> {
  await Promise.all([
    external.temporal && external.postgres ? null : programs.launchUntil("engines", "engines"),
    external.providers ? null : programs.launchUntil("Simulator", "simulator"),
  ]);
  const result = readConfig("api", env);
  if ("issues" in result) throw new ConfigError(result.issues);
  if (result.config.demo) await putDemoStock(result.config.databaseUrl);
  const base = await serve(programs, result.config);
  process.stdout.write(banner(result.config, base));
}

async function serve(programs: Supervisor, config: Config): Promise<string> {
  const base = localUrl(config.host, config.port);
  const began = Date.now();
  programs.launch("worker");
  const api = programs.launch("api", (message) => {
    if (message === CRASH_WORKER) void programs.crash("worker");
  });
  await api.answers(() => everythingUp(base), READY_WITHIN_MS);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  printStep({ name: "API, worker", state: "done", detail: `${base} (${seconds} s)` });
  return base;
}

async function everythingUp(base: string): Promise<void> {
  const answer = await fetch(`${base}/readyz`);
  const parts = (await answer.json()) as Record<string, string>;
  const down = Object.keys(parts).filter((part) => parts[part] !== "up");
  if (!answer.ok || down.length > 0) throw new Error(`not up: ${down.join(", ")}`);
}

/** A free port instead of the usual one when that is taken; one that was chosen explicitly is a fault then. */
async function choosePort({ port, portChosen }: Setup): Promise<number> {
  const free = await freePort(port);
  if (free === port || port === 0) return free;
  if (portChosen) throw new ConfigError([{ setting: "PORT", problem: `is ${port}, which another program has` }]);
  printStep({ name: "API", state: "working", detail: `port ${port} is taken, using ${free}` });
  return free;
}

function failed(error: unknown): number {
  printError(error instanceof Error ? error.message : String(error));
  const exitCode = error instanceof ProgramFailure || error instanceof ConfigError ? error.exitCode : null;
  return exitCode || 1;
}

process.exit(await run().catch(failed));
