import type { LocalProgram } from "./sources.js";
import { EXPECTED, SECRET, type SettingName } from "./settings.js";

/** Something wrong with one setting, with what was expected instead. */
export interface SettingIssue {
  setting: string;
  problem: string;
  /** The program of this home that has yet to write it. */
  writtenBy?: LocalProgram;
}

const CONFIGURATION_FAULT = 2;

export function invalidSetting(setting: SettingName, value: string): SettingIssue {
  const shown = SECRET.has(setting) ? "is not understood" : `is ${JSON.stringify(value)}`;
  return { setting, problem: `${shown}, expected ${EXPECTED[setting]}` };
}

export class ConfigError extends Error {
  readonly exitCode = CONFIGURATION_FAULT;

  constructor(issues: SettingIssue[]) {
    const lines = issues.map(({ setting, problem }) => `\n  ${setting} ${problem}`);
    super(`idem cannot start, ${issues.length === 1 ? "a setting is" : "settings are"} wrong:${lines.join("")}`);
  }
}

export function refuseToStart(issues: SettingIssue[]): never {
  const refusal = new ConfigError(issues);
  process.stderr.write(`${refusal.message}\n`);
  process.exit(refusal.exitCode);
}
