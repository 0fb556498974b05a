import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alone } from "../pid-file.js";

type Progress = (what: string) => void;

/** The last tag whose module can be installed by `go install`: later ones have replace directives. */
const CLI_VERSION = "1.5.1";
const CLI_MODULE = "github.com/temporalio/cli/cmd/temporal";

const DOWNLOAD_STARTS_WITHIN_MS = 15_000;
const DOWNLOAD_ENDS_WITHIN_MS = 180_000;
const BUILD_ENDS_WITHIN_MS = 20 * 60_000;
const PROGRESS_EVERY_MS = 15_000;

export class TemporalNotFoundError extends Error {}

/** A `temporal` that can run the dev server: on PATH, from an earlier start, downloaded, or built. */
export async function findTemporal(env: NodeJS.ProcessEnv, progress: Progress): Promise<string> {
  if (isRecent(versionOf("temporal"))) return "temporal";
  const cache = cacheFolder(env);
  const onWait = () => progress("another process is fetching it, waiting");
  // Two that start at once shall not build twice.
  const obtainOnce = async () => cached(cache) ?? (await obtain(cache, progress));
  return cached(cache) ?? alone(join(cache, "temporal.lock"), { onWait }, obtainOnce);
}

/** From CLI 1.5 on; one that `go install` built reports its server's version only, and 1.29 is the server of 1.5. */
export function isRecent(version: string | null): boolean {
  const cli = /version v?(\d+)\.(\d+)/.exec(version ?? "");
  if (cli && cli[1] !== "0") return atLeast([Number(cli[1]), Number(cli[2])], [1, 5]);
  const server = /Server (\d+)\.(\d+)/.exec(version ?? "");
  return server !== null && atLeast([Number(server[1]), Number(server[2])], [1, 29]);
}

function atLeast(version: [number, number], wanted: [number, number]): boolean {
  return version[0] > wanted[0] || (version[0] === wanted[0] && version[1] >= wanted[1]);
}

function versionOf(binary: string): string | null {
  const { status, stdout } = spawnSync(binary, ["--version"], { encoding: "utf8", timeout: 10_000 });
  return status === 0 ? stdout : null;
}

/** Where what was built or downloaded for several checkouts is kept. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "idem");
}

function cached(cache: string): string | null {
  if (!existsSync(cache)) return null;
  const folders = readdirSync(cache).filter((name) => /^temporal-[\w.-]+$/.test(name) && !name.endsWith(".partial"));
  return folders.map((name) => join(cache, name, "temporal")).find(executable) ?? null;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function obtain(cache: string, progress: Progress): Promise<string> {
  progress("downloading the server, once");
  const downloaded = await download(cache);
  if (downloaded) return downloaded;

  const go = goVersion();
  if (!go) throw new TemporalNotFoundError(remedies("the download failed and there is no Go 1.25 or newer"));
  progress(`no download, building it with Go ${go}, once (about 3 minutes)`);
  const built = await build(cache, progress);
  if (built) return built;
  throw new TemporalNotFoundError(remedies("neither the download nor the build with Go succeeded"));
}

/** The SDK's own download, in a process of its own since it takes no time limit. */
async function download(cache: string): Promise<string | null> {
  const partial = join(cache, "temporal-sdk.partial");
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  const script = fileURLToPath(new URL("download-temporal.js", import.meta.url));
  const began = Date.now();
  const succeeded = await runs(process.execPath, [script, partial], process.env, () => {
    const waited = Date.now() - began;
    return waited < (readdirSync(partial).length > 0 ? DOWNLOAD_ENDS_WITHIN_MS : DOWNLOAD_STARTS_WITHIN_MS);
  });
  return putInPlace(succeeded, partial, join(cache, "temporal-sdk"));
}

function goVersion(): string | null {
  const { stdout } = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8", timeout: 30_000 });
  const found = /go(\d+)\.(\d+)\S*/.exec(stdout ?? "");
  return found && atLeast([Number(found[1]), Number(found[2])], [1, 25]) ? found[0].slice(2) : null;
}

async function build(cache: string, progress: Progress): Promise<string | null> {
  const partial = join(cache, `temporal-${CLI_VERSION}.partial`);
  mkdirSync(partial, { recursive: true });
  const flags = `-ldflags=-s -w -X github.com/temporalio/cli/temporalcli.Version=${CLI_VERSION}`;
  const env = { ...process.env, CGO_ENABLED: "0", GOBIN: partial, GOFLAGS: "" };
  const began = Date.now();
  let reported = 0;
  const succeeded = await runs("go", ["install", flags, `${CLI_MODULE}@v${CLI_VERSION}`], env, () => {
    const waited = Date.now() - began;
    if (waited - reported > PROGRESS_EVERY_MS) progress(`building, ${Math.round((reported = waited) / 1000)} s`);
    return waited < BUILD_ENDS_WITHIN_MS;
  });
  return putInPlace(succeeded, partial, join(cache, `temporal-${CLI_VERSION}`));
}

/** Runs a command as long as it may go on; true when it ended well. It does not outlive this process. */
function runs(command: string, args: string[], env: NodeJS.ProcessEnv, mayGoOn: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: "ignore" });
    const kill = () => child.kill("SIGKILL");
    const watch = setInterval(() => mayGoOn() || kill(), 500);
    process.once("exit", kill);
    const finish = (succeeded: boolean) => {
      clearInterval(watch);
      process.removeListener("exit", kill);
      resolve(succeeded);
    };
    child.once("error", () => finish(false));
    child.once("exit", (code) => finish(code === 0));
  });
}

function putInPlace(succeeded: boolean, partial: string, folder: string): string | null {
  const good = succeeded && executable(join(partial, "temporal"));
  rmSync(good ? folder : partial, { recursive: true, force: true });
  if (!good) return null;
  renameSync(partial, folder);
  return join(folder, "temporal");
}

function remedies(cause: string): string {
  return [
    `there is no Temporal server: ${cause}. Any of these helps:`,
    "  put the temporal CLI, 1.5 or newer, on PATH (https://docs.temporal.io/cli)",
    "  install Go 1.25 or newer, with which Idem builds it",
    "  set TEMPORAL_ADDRESS to a Temporal that runs elsewhere",
  ].join("\n");
}
