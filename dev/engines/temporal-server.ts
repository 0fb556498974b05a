import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../dev/engines/temporal-binary.js";

const VERSION = "1.32.2";
/** The build needs a newer Go than may be installed; the installed one fetches it. */
const TOOLCHAIN = "go1.27.3";
const COMMANDS = ["cmd/server", "cmd/tools/sql"].map((path) => `go.temporal.io/server/${path}@v${VERSION}`);

export interface TemporalServer {
  server: string;
  /** Creates and updates the schema. */
  sql: string;
}

/** Temporal's server as a cluster runs it, built with Go when first needed and kept outside the checkout. */
export function findTemporalServer(env: NodeJS.ProcessEnv, progress: (what: string) => void): TemporalServer {
  const folder = join(cacheFolder(env), `temporal-server-${VERSION}`);
  if (!existsSync(folder)) build(env, folder, progress);
  return { server: join(folder, "server"), sql: join(folder, "sql") };
}

function build(env: NodeJS.ProcessEnv, folder: string, progress: (what: string) => void): void {
  progress("building the server with Go, once (about 3 minutes)");
  const partial = `${folder}.${process.pid}.partial`;
  mkdirSync(partial, { recursive: true });
  const { status } = spawnSync("go", ["install", "-ldflags=-s -w", ...COMMANDS], {
    env: { ...env, GOTOOLCHAIN: TOOLCHAIN, CGO_ENABLED: "0", GOBIN: partial, GOFLAGS: "" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status === 0 && !existsSync(folder)) return renameSync(partial, folder);
  rmSync(partial, { recursive: true });
  if (status !== 0) throw new Error("there is no Temporal server: `go install` failed");
}
