import { join } from "node:path";
import { buildGoPrograms } from "./go-programs.js";

const VERSION = "1.32.2";
const PACKAGES = ["cmd/server", "cmd/tools/sql"].map((path) => `go.temporal.io/server/${path}@v${VERSION}`);

export interface TemporalServer {
  server: string;
  /** Creates and updates the schema. */
  sql: string;
}

/** Temporal's server as a cluster runs it. */
export function findTemporalServer(env: NodeJS.ProcessEnv, progress: (what: string) => void): TemporalServer {
  const folder = buildGoPrograms(env, `temporal-server-${VERSION}`, PACKAGES, () =>
    progress("building the server with Go, once (about 3 minutes)"),
  );
  return { server: join(folder, "server"), sql: join(folder, "sql") };
}
