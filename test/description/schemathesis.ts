import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnvironment } from "../rig/clean-environment.js";

const FOLDER = "test/description";
/** The same requests each time, as far as they do not follow answers; IDEM_DESCRIPTION_SEED draws others. */
const SEED = process.env["IDEM_DESCRIPTION_SEED"] ?? "1";

/** The pinned schemathesis, in an environment of its own that is made once for each set of versions. */
export function installSchemathesis(): string {
  const requirements = join(FOLDER, "requirements.txt");
  const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const environment = join(cache, "idem", `schemathesis-${digest}`);
  const program = join(environment, "bin", "schemathesis");
  if (existsSync(program)) return program;
  rmSync(environment, { recursive: true, force: true });
  execFileSync("python3", ["-m", "venv", environment]);
  const pip = ["install", "--quiet", "--no-deps", "--disable-pip-version-check", "--requirement", requirements];
  execFileSync(join(environment, "bin", "pip"), pip, { stdio: ["ignore", "ignore", "inherit"] });
  return program;
}

/** Requests by operation and status. */
export type Counts = Record<string, Record<string, number>>;

interface Drawing {
  /** Requests drawn for each operation and kind of data, at most. */
  examples: number;
  /** How long links are followed. */
  linksSeconds: number;
  env: Record<string, string>;
}

/** Draws requests from the description, follows its links, and checks every answer. */
export async function runSchemathesis(
  program: string,
  base: string,
  { examples, linksSeconds, env }: Drawing,
): Promise<{ report: string; failed: boolean; counts: Counts }> {
  const folder = mkdtempSync(join(tmpdir(), "idem-description-"));
  const state = join(folder, "state.json");
  // From a file, since a document is not requested at the address that it was loaded from.
  const document = join(folder, "openapi.json");
  writeFileSync(document, await (await fetch(`${base}/openapi.json`)).text());
  const run = (phases: string, ...limit: string[]) => {
    const config = ["--config-file", join(FOLDER, "schemathesis.toml")];
    const options = ["run", document, "--url", base, "--phases", phases, ...limit];
    return runProgram(program, [...config, ...options], { ...env, IDEM_STATE: state });
  };
  const drawn = await run("examples,coverage,fuzzing", "--max-examples", String(examples), "--seed", SEED);
  // By time: it begins again where the answers to a scenario differ from those that it had before, and would end there.
  const linked = await run("stateful", "--max-time", String(linksSeconds), "--seed", SEED);
  const { requests } = JSON.parse(readFileSync(state, "utf8")) as { requests: Counts };
  rmSync(folder, { recursive: true });
  const failed = drawn.status !== 0 || linked.status !== 0;
  return { report: drawn.output + linked.output, failed, counts: requests };
}

async function runProgram(program: string, options: string[], env: Record<string, string>) {
  const child = spawn(program, options, { env: { ...cleanEnvironment(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const alongWithUs = () => child.kill("SIGKILL");
  process.once("exit", alongWithUs);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  process.off("exit", alongWithUs);
  return { status, output };
}
