import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const Releases = z.array(z.object({ version: z.string(), commit: z.string().regex(/^[0-9a-f]{40}$/) })).min(1);

export interface Release {
  version: string;
  commit: string;
}

export function lastRelease(): Release {
  const releases = Releases.parse(JSON.parse(readFileSync(join(CHECKOUT, "releases.json"), "utf8")));
  const [last] = releases.slice(-1);
  if (!last) throw new Error("releases.json names no release");
  return last;
}

/** A folder with the built release: made once, and again where its lock file or commit is another. */
export function buildOf({ commit }: Release): string {
  const lock = git("show", `${commit}:package-lock.json`);
  const name = createHash("sha256").update(`${commit}\0`).update(lock).digest("hex").slice(0, 16);
  const folder = join(CHECKOUT, ".idem", "releases", name);
  if (existsSync(folder)) return folder;
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  execFileSync("tar", ["-x", "-C", making], { input: git("archive", commit) });
  for (const args of [
    ["ci", "--no-audit", "--no-fund"],
    ["run", "--silent", "build"],
  ]) {
    execFileSync("npm", args, { cwd: making, stdio: ["ignore", "ignore", "inherit"] });
  }
  renameSync(making, folder);
  return folder;
}

function git(...args: string[]): Buffer {
  return execFileSync("git", args, { cwd: CHECKOUT, maxBuffer: 512 * 1024 * 1024 });
}
