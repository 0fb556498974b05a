import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { freePort } from "../dev/free-port.js";
import type { BenchService } from "./bench-service.js";
import { idOf, isServing, waitUntilUp } from "./child-processes.js";
import { post } from "./load/orders.js";
import { BENCH_KEY } from "./stub-providers/provider-settings.js";
import { startStubProviders, type StubProviders } from "./stub-providers/stub-providers.js";

/** A service that accepts the bench's order by POST and carries it out at the stub providers. */
export interface System {
  name: string;
  base: string;
  bearer: string;
  providers: StubProviders;
  /** Root processes by role, for CPU and memory. */
  pids: Record<string, number>;
}

const READY_WITHIN_MS = 60_000;
const STOCK = 10_000_000;
const PACKAGE = fileURLToPath(new URL("../../bench/", import.meta.url));

export async function idem(service: BenchService, providers: StubProviders): Promise<System> {
  await fillStock(service.base, "BENCH-1");
  return { name: "Idem", base: service.base, bearer: BENCH_KEY, providers, pids: service.pids };
}

/** Puts more of a SKU into stock than any measurement reserves. */
export async function fillStock(base: string, sku: string, bearer = BENCH_KEY): Promise<void> {
  const options = { bearer, method: "PUT", expected: [200, 201] } as const;
  await post(`${base}/v1/stock/${sku}`, { onHand: STOCK }, options);
}

/** A saga as Temporal's samples teach it, on the same server with the same flags. */
export async function plainSaga(service: BenchService): Promise<System> {
  const providers = await startStubProviders();
  const port = await freePort();
  const env = {
    PORT: String(port),
    TEMPORAL_ADDRESS: service.temporalAddress,
    PROVIDERS_URL: providers.httpUrl,
    SMTP_URL: providers.smtpUrl,
  };
  const worker = service.runBeside(program("saga-worker"), env);
  const api = service.runBeside(program("saga-api"), env);
  const base = `http://127.0.0.1:${port}`;
  await waitUntilUp(() => isServing(`${base}/healthz`), api, READY_WITHIN_MS);
  const pids = { engines: service.pids.engines, worker: idOf(worker), api: idOf(api) };
  return { name: "plain saga", base, bearer: "", providers, pids };
}

function program(name: string): string {
  return fileURLToPath(new URL(`saga/${name}.js`, import.meta.url));
}

/** The same order on a library that a user might choose instead; bench/package.json holds what it needs. */
export async function comparison(service: BenchService, name: "DBOS" | "Restate"): Promise<System> {
  installComparisons();
  const providers = await startStubProviders();
  const port = await freePort();
  const child = service.runBeside(`${PACKAGE}comparisons/${name.toLowerCase()}.mjs`, {
    PORT: String(port),
    DATABASE_URL: await createDatabase(service.databaseUrl, `bench_${name.toLowerCase()}`),
    PROVIDERS_URL: providers.httpUrl,
    SMTP_URL: providers.smtpUrl,
  });
  const base = `http://127.0.0.1:${port}`;
  await waitUntilUp(() => isServing(`${base}/healthz`), child, READY_WITHIN_MS);
  return { name, base, bearer: "", providers, pids: { engines: service.pids.engines, api: idOf(child) } };
}

function installComparisons(): void {
  if (existsSync(`${PACKAGE}node_modules`)) return;
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: PACKAGE, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error("npm ci in bench failed");
}

/** Creates a database on the server of `url`; returns its own URL. */
export async function createDatabase(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return databaseOf(url, name);
}

/** The URL of another database of the same server. */
export function databaseOf(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.toString();
}
