import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnvironment } from "../rig/clean-environment.js";

const FOLDER = "test/description";

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

/** Draws requests from the description and checks every answer; its report goes to standard output. */
export async function runSchemathesis(
  program: string,
  base: string,
  { examples, env }: { examples: number; env: Record<string, string> },
): Promise<{ status: number | null; counts: Counts }> {
  const folder = mkdtempSync(join(tmpdir(), "idem-description-"));
  const file = join(folder, "counts.json");
  // From a file, since a document is not requested at the address that it was loaded from.
  const document = join(folder, "openapi.json");
  writeFileSync(document, await (await fetch(`${base}/openapi.json`)).text());
  const config = ["--config-file", join(FOLDER, "schemathesis.toml")];
  const run = ["run", document, "--url", base, "--max-examples", String(examples)];
  const child = spawn(program, [...config, ...run], {
    env: { ...cleanEnvironment(), ...env, IDEM_COUNTS: file },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const status = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  const counts = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Counts) : {};
  rmSync(folder, { recursive: true });
  return { status, counts };
}
