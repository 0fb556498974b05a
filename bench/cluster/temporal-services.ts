import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ChildProgram } from "../../dev/child-program.js";
import { DYNAMIC_CONFIG } from "../../dev/engines/temporal-command.js";
import { freePort } from "../../dev/free-port.js";
import { writePrivately } from "../../src/config/home.js";
import { endProcess, holderOf } from "../../dev/pid-file.js";
import type { TemporalServer } from "../../dev/engines/temporal-server.js";

/** The services of a Temporal cluster, each a process of its own here. */
export const SERVICES = ["frontend", "history", "matching", "worker"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** It cannot be changed once there are histories, so it is more than this machine needs: docs/scaling.md. */
const SHARDS = 64;

// Below the range of outgoing connections, so that none of them has a port before its service binds it.
const FIRST_PORT = 21_000;
const STEP = 1_000;

const DATABASES = { temporal: "postgresql/v12/temporal", temporal_visibility: "postgresql/v12/visibility" };

/** Creates the schemas of histories and visibility where there are none, and brings them up to date. */
export async function updateSchema({ sql }: TemporalServer, databaseUrl: string): Promise<void> {
  const { hostname, port, username, password } = new URL(databaseUrl);
  const server = ["--plugin", "postgres12", "--endpoint", hostname, "--port", port, "--user", username];
  for (const [database, schema] of Object.entries(DATABASES)) {
    const tool = (...args: string[]) =>
      promisify(execFile)(sql, [...server, "--database", database, ...args], { env: { SQL_PASSWORD: password } });
    await tool("create");
    await tool("setup-schema", "--version", "0.0");
    await tool("update-schema", "--schema-name", schema);
  }
}

/** The address of the cluster, and how to start each of its services on this database. */
export async function planServices(
  { server }: TemporalServer,
  home: string,
  databaseUrl: string,
): Promise<{ address: string; spawn(name: ServiceName): ChildProgram }> {
  const ports = await choosePorts();
  const env = environment(home, databaseUrl, ports);
  const spawn = (name: ServiceName) =>
    new ChildProgram({
      name: `Temporal's ${name}`,
      command: server,
      args: ["--allow-no-auth", "start", "--service", name],
      logFile: join(home, "logs", `${name}.log`),
      pidFile: pidPath(home, name),
      stopSignal: "SIGTERM",
      options: { env },
    });
  return { address: `127.0.0.1:${ports["FRONTEND_GRPC_PORT"]}`, spawn };
}

/** Ends services that outlived their engines. */
export async function endLeftoverServices(home: string): Promise<void> {
  for (const name of SERVICES) {
    const leftover = holderOf(pidPath(home, name));
    if (leftover) await endProcess(leftover, "SIGTERM", 10_000);
  }
}

export function pidPath(home: string, name: ServiceName): string {
  return join(home, `${name}.pid`);
}

async function choosePorts(): Promise<Record<string, string>> {
  const ports: Record<string, string> = {};
  const names = SERVICES.flatMap((name) => [`${name}_GRPC_PORT`, `${name}_MEMBERSHIP_PORT`]);
  for (const [index, name] of ["FRONTEND_HTTP_PORT", ...names].entries()) {
    const candidates = Array.from({ length: 10 }, (_, turn) => FIRST_PORT + index + turn * STEP);
    ports[name.toUpperCase()] = String(await freePort(...candidates));
  }
  return ports;
}

/** The variables that the server's configuration template reads. */
function environment(home: string, databaseUrl: string, ports: Record<string, string>): NodeJS.ProcessEnv {
  const { hostname, port, username, password } = new URL(databaseUrl);
  const dynamicConfig = join(home, "dynamic-config.yaml");
  const values = Object.entries(DYNAMIC_CONFIG).map(([name, value]) => [name, [{ value }]]);
  writePrivately(dynamicConfig, Object.fromEntries(values)); // JSON is YAML
  return {
    ...{ DB: "postgres12", POSTGRES_SEEDS: hostname, DB_PORT: port, POSTGRES_USER: username, POSTGRES_PWD: password },
    ...{ BIND_ON_IP: "127.0.0.1", TEMPORAL_BROADCAST_ADDRESS: "127.0.0.1", ...ports },
    NUM_HISTORY_SHARDS: String(SHARDS),
    DYNAMIC_CONFIG_FILE_PATH: dynamicConfig,
    LOG_LEVEL: "warn",
  };
}
