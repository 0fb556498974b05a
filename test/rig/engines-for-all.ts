import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { createNamespaces } from "./namespaces.js";
import { cleanEnvironment } from "./clean-environment.js";
import { waitFor } from "./wait-for.js";

export interface Engines {
  temporalAddress: string;
  databaseUrl: string;
  /** Each test file takes one, so that no two share a run, a queue or a search attribute. */
  namespaces: string[];
}

declare module "vitest" {
  interface ProvidedContext {
    engines: Engines;
  }
}

/** More than there are test files that start a service; a fresh namespace needs seconds before it works. */
const NAMESPACES = 33;

/**
 * Starts one real Temporal and one real PostgreSQL for the whole run and leaves nothing behind; or uses those that the
 * file at IDEM_TEST_ENGINES names.
 */
export default async function enginesForAll(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["IDEM_TEST_ENGINES"];
  const { file, stop } = given ? { file: given, stop: async () => {} } : await startEngines();
  const { temporalAddress, databaseUrl } = JSON.parse(readFileSync(file, "utf8"));
  // Fresh ones for each run: given engines may hold the runs of an earlier one.
  const run = randomBytes(3).toString("hex");
  const namespaces = Array.from({ length: NAMESPACES }, (_, index) => `test-${run}-${index}`);
  await createNamespaces(temporalAddress, namespaces);
  project.provide("engines", { temporalAddress, databaseUrl, namespaces });
  return stop;
}

async function startEngines(): Promise<{ file: string; stop(): Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), "idem-test-"));
  const engines = spawn(process.execPath, ["dist/dev/engines.js"], {
    env: { ...cleanEnvironment(), IDEM_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collect(engines);
  const file = join(home, "engines.json");
  await waitFor(
    "the engines to be ready",
    () => {
      if (engines.exitCode !== null) throw new Error(`the engines ended with ${engines.exitCode}:\n${output()}`);
      return existsSync(file);
    },
    400_000,
  );
  const stop = async () => {
    const ended = new Promise((resolve) => engines.once("exit", resolve));
    engines.kill("SIGTERM");
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  return { file, stop };
}

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text.slice(-4_000);
}
