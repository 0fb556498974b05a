import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./temporal-binary.js";

/** The builds need a newer Go than may be installed; the installed one fetches it. */
const TOOLCHAIN = "go1.27.3";

/**
 * A folder with the programs of some packages (`path@version`), built with Go when first needed and kept outside the
 * checkout under this name.
 */
export function buildGoPrograms(env: NodeJS.ProcessEnv, name: string, packages: string[], report: () => void): string {
  const folder = join(cacheFolder(env), name);
  if (existsSync(folder)) return folder;
  report();
  const partial = `${folder}.${process.pid}.partial`;
  mkdirSync(partial, { recursive: true });
  const { status } = spawnSync("go", ["install", "-ldflags=-s -w", ...packages], {
    env: { ...env, GOTOOLCHAIN: TOOLCHAIN, CGO_ENABLED: "0", GOBIN: partial, GOFLAGS: "" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status === 0 && !existsSync(folder)) renameSync(partial, folder);
  else rmSync(partial, { recursive: true });
  if (status !== 0) throw new Error(`there is no ${name}: \`go install ${packages.join(" ")}\` failed`);
  return folder;
}
