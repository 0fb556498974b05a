import { execFile } from "node:child_process";
import { cleanEnvironment } from "./clean-environment.js";

export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

/** The `idem` command, run with a service's settings. */
export function idemCli(env: Record<string, string>, ...words: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: { ...cleanEnvironment(), ...env } };
    const child = execFile(process.execPath, ["dist/src/main/cli.js", ...words], options, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
