import { setTimeout as sleep } from "node:timers/promises";
import { type Config, type ProcessName, readConfig } from "./config.js";
import { refuseToStart } from "./config-error.js";

const PATIENCE_MS = 60_000;
const SAID_EVERY_MS = 5_000;
const LOOK_EVERY_MS = 200;

/**
 * The configuration of a process that may have been started before the engines or the simulator of its home: waits up to a
 * minute for what they write. Any other fault, or what is still missing then, is printed and ends the process with status 2.
 */
export async function awaitConfig(name: ProcessName): Promise<Config> {
  const began = Date.now();
  for (let nextSaid = began; ; await sleep(LOOK_EVERY_MS)) {
    const result = readConfig(name, process.env);
    if ("config" in result) return result.config;
    const awaited = new Set(result.issues.map(({ writtenBy }) => writtenBy));
    if (awaited.has(undefined) || Date.now() - began >= PATIENCE_MS) refuseToStart(result.issues);
    if (Date.now() < nextSaid) continue;
    nextSaid += SAID_EVERY_MS;
    process.stderr.write(
      `${name}: waiting for ${[...awaited].map((program) => `\`npm run ${program}\``).join(" and ")}\n`,
    );
  }
}
