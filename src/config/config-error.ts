import { EXPECTED, SECRET, type SettingName } from "./settings.js";

/** Something wrong with one setting, told so that it can be put right. */
export interface Fault {
  setting: string;
  problem: string;
}

const CONFIGURATION_FAULT = 2;

export function misspelt(setting: SettingName, value: string): Fault {
  const shown = SECRET.has(setting) ? "is not understood" : `is ${JSON.stringify(value)}`;
  return { setting, problem: `${shown}, expected ${EXPECTED[setting]}` };
}

export class Misconfigured extends Error {
  readonly exitCode = CONFIGURATION_FAULT;

  constructor(faults: Fault[]) {
    const lines = faults.map(({ setting, problem }) => `\n  ${setting} ${problem}`);
    super(`idem cannot start, ${faults.length === 1 ? "a setting is" : "settings are"} wrong:${lines.join("")}`);
  }
}

export function refuseToStart(faults: Fault[]): never {
  const refusal = new Misconfigured(faults);
  process.stderr.write(`${refusal.message}\n`);
  process.exit(refusal.exitCode);
}
