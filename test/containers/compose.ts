import { run } from "./podman.js";

export const PROJECT = "idem-test";

/** Docker Compose with docker-compose.yml and the settings of the demo, as the README has it. */
export function compose(env: Record<string, string>, ...args: string[]): Promise<string> {
  return run(".ci/compose", ["--env-file", "deploy/simulator.env", ...args], env);
}
