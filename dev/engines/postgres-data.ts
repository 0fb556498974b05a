import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { writePrivately } from "../../src/config/home.js";
import type { PostgresFiles } from "./postgres-files.js";

export const USER = "idem";

/** Makes sure there is a cluster, and answers its password. A home without one starts afresh. */
export async function prepareData(
  home: string,
  files: PostgresFiles,
  progress: (what: string) => void,
): Promise<string> {
  const passwordFile = join(home, "postgres.password");
  if (existsSync(passwordFile) && existsSync(files.data)) return readFileSync(passwordFile, "utf8");

  progress("creating the database");
  const password = randomBytes(24).toString("base64url");
  rmSync(files.data, { recursive: true, force: true });
  await initialize(files, password);
  writePrivately(passwordFile, password);
  return password;
}

// A cluster appears whole or not at all, so one that was interrupted is never taken for a good one.
async function initialize(files: PostgresFiles, password: string): Promise<void> {
  const partial = `${files.data}.partial`;
  const passwordFile = `${files.data}.initial-password`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (files.account) {
    for (const path of [partial, passwordFile]) chownSync(path, files.account.uid, files.account.gid);
  }
  try {
    await runInitdb(files, partial, passwordFile);
    chmodSync(partial, 0o700);
    renameSync(partial, files.data);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function runInitdb(files: PostgresFiles, data: string, passwordFile: string): Promise<void> {
  const args = [
    ...["--pgdata", data, "--username", USER, "--pwfile", passwordFile, "--auth", "scram-sha-256"],
    ...["--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-locale"],
    "--no-instructions",
  ];
  await promisify(execFile)(join(files.native, "bin", "initdb"), args, { cwd: "/", ...files.account });
}
