import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { enginesPath, readEngines } from "../../src/config/home.js";
import { holderOf } from "../../dev/pid-file.js";
import { end, waitUntilUp } from "../child-processes.js";
import { pidPath, SERVICES } from "./temporal-services.js";

const PROGRAM = fileURLToPath(new URL("engines.js", import.meta.url));

export interface ClusterEngines {
  home: string;
  temporalAddress: string;
  /** The PostgreSQL of the order database, and that of Temporal. */
  databaseUrl: string;
  runsUrl: string;
  /** Root processes by role. */
  pids: Record<string, number>;
  stop(): Promise<void>;
}

/** The engines of a cluster in a home of their own, which is deleted when they stop. */
export async function startEngines(): Promise<ClusterEngines> {
  const home = mkdtempSync(join(tmpdir(), "idem-cluster-"));
  const { PATH, HOME } = process.env;
  const engines = spawn(process.execPath, [PROGRAM], {
    env: { PATH, HOME, IDEM_HOME: home },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const stop = async () => {
    await end(engines);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await waitUntilUp(() => existsSync(enginesPath(home)), engines);
    const { temporalAddress = "", databaseUrl = "" } = readEngines(home) ?? {};
    const runsUrl = readEngines(join(home, "runs"))?.databaseUrl ?? "";
    return { home, temporalAddress, databaseUrl, runsUrl, pids: pidsOf(home), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function pidsOf(home: string): Record<string, number> {
  const files = {
    ...Object.fromEntries(SERVICES.map((name) => [`Temporal ${name}`, pidPath(home, name)])),
    "PostgreSQL of Temporal": join(home, "runs", "postgres.pid"),
    "PostgreSQL of the orders": join(home, "orders", "postgres.pid"),
  };
  return Object.fromEntries(Object.entries(files).map(([role, file]) => [role, holderOf(file)?.pid ?? 0]));
}
