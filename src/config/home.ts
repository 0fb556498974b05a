import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const EnginesFile = z.object({
  temporalAddress: z.string().optional(),
  temporalUiUrl: z.string().optional(),
  databaseUrl: z.string().optional(),
});
export type EnginesFile = z.infer<typeof EnginesFile>;

const SimulatorFile = z.object({
  stripeSecretKey: z.string(),
  stripeApiBase: z.string(),
  stripeWebhookSecret: z.string(),
  fulfilmentUrl: z.string(),
  fulfilmentSecret: z.string(),
  smtpUrl: z.string(),
  mailFrom: z.string(),
  mailboxUrl: z.string(),
  controlUrl: z.string(),
});
export type SimulatorFile = z.infer<typeof SimulatorFile>;

/** The folder where engines, simulator and processes of one Idem meet; an absolute path. */
export function homeFolder(env: NodeJS.ProcessEnv): string {
  return env["IDEM_HOME"] ? resolve(env["IDEM_HOME"]) : join(checkout(), ".idem");
}

export function enginesPath(home: string): string {
  return join(home, "engines.json");
}

export function simulatorPath(home: string): string {
  return join(home, "simulator.json");
}

export function readEngines(home: string): EnginesFile | null {
  return readJson(enginesPath(home), EnginesFile);
}

export function readSimulator(home: string): SimulatorFile | null {
  return readJson(simulatorPath(home), SimulatorFile);
}

/** What the file holds, or null when there is none or it is not what this version writes. */
export function readJson<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}

/** Writes for the owner's eyes only; readers see the whole file or none. */
export function writePrivately(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${randomBytes(4).toString("hex")}`;
  writeFileSync(fresh, typeof value === "string" ? value : `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
}

// This file runs from src and from dist, which are not equally deep.
function checkout(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}
