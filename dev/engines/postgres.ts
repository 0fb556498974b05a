import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { ChildProgram } from "../child-program.js";
import { endProcess } from "../pid-file.js";
import { processOf } from "../process-table.js";
import { USER } from "./postgres-data.js";
import type { PostgresFiles } from "./postgres-files.js";

const DATABASE = "idem";

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: 500,
  shared_buffers: "128MB",
  synchronous_commit: "on",
  timezone: "UTC",
  jit: "off",
  // No replicas and no archive: the log holds what a crash needs and no more.
  wal_level: "minimal",
  max_wal_senders: 0,
  // Statements, their parameters and the rows in error details hold what no log may.
  log_parameter_max_length_on_error: 0,
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_min_messages: "warning",
};

// After a crash the write-ahead log is replayed first.
const ANSWER_WITHIN_MS = 60_000;

export function spawnPostgres(home: string, files: PostgresFiles, port: number): ChildProgram {
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return new ChildProgram({
    name: "PostgreSQL",
    command: join(files.native, "bin", "postgres"),
    args: ["-D", files.data, ...settings],
    logFile: join(home, "logs", "postgres.log"),
    pidFile: join(home, "postgres.pid"),
    // Fast shutdown: ends sessions instead of waiting for them, and needs no recovery.
    stopSignal: "SIGINT",
    options: { cwd: "/", ...files.account },
  });
}

/** Waits until the server answers and has our database; answers the URL of that. */
export async function postgresAnswers(engine: ChildProgram, port: number, password: string): Promise<string> {
  const url = (database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
  await engine.answers(() => ensureDatabase(url("postgres")), ANSWER_WITHIN_MS);
  return url(DATABASE);
}

async function ensureDatabase(connectionString: string): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 2_000, ssl: false });
  try {
    await client.connect();
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** Ends a server that outlived its engines on this data; a file left by a dead one would keep ours from starting. */
export async function endLeftoverPostgres(data: string): Promise<void> {
  const pidFile = join(data, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const running = processOf(Number.parseInt(readFileSync(pidFile, "utf8"), 10));
  if (running?.command.includes(data)) await endProcess(running, "SIGINT", 10_000);
  rmSync(pidFile, { force: true });
}
