import { readFileSync } from "node:fs";
import type { SettingIssue } from "./config-error.js";
import { SECRET } from "./settings.js";

const NAMES = [
  ...SECRET,
  "TEMPORAL_API_KEY",
  "IDEM_API_KEY",
  "SIMULATOR_STRIPE_WEBHOOK_SECRET",
  "SIMULATOR_FULFILMENT_SECRET",
];

/**
 * Container platforms mount secrets as files: NAME_FILE is the path of a file that holds NAME. A line break at its end
 * does not belong to the value.
 */
export function readSecretFiles(environment: NodeJS.ProcessEnv): { env: NodeJS.ProcessEnv; issues: SettingIssue[] } {
  const env = { ...environment };
  const issues: SettingIssue[] = [];
  for (const name of NAMES) {
    const path = environment[`${name}_FILE`];
    if (!path) continue;
    const result = environment[name] ? { problem: `is set besides ${name}, expected one of them` } : readSecret(path);
    if ("problem" in result) issues.push({ setting: `${name}_FILE`, problem: result.problem });
    else env[name] = result.value;
  }
  return { env, issues };
}

function readSecret(path: string): { value: string } | { problem: string } {
  try {
    return { value: readFileSync(path, "utf8").replace(/\r?\n$/, "") };
  } catch (error) {
    return { problem: `cannot be read: ${(error as Error).message}` };
  }
}
