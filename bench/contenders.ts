import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { freePort } from "../dev/free-port.js";
import { answers, BENCH_KEY, type BenchService, until } from "./bench-service.js";
import { post } from "./load/orders.js";
import { openWorld, type World } from "./world.js";

/** A service that takes the bench's order by POST and has it charged, shipped and mailed. */
export interface Contender {
  name: string;
  base: string;
  bearer: string;
  world: World;
  /** Root processes by what they do, for CPU and memory. */
  pids: Record<string, number>;
}

const READY_WITHIN_MS = 60_000;
const STOCK = 10_000_000;
const SAGA = (name: string) => fileURLToPath(new URL(`saga/${name}.js`, import.meta.url));
const PEERS = fileURLToPath(new URL("../../bench/peers/", import.meta.url));

export async function idem(service: BenchService, world: World): Promise<Contender> {
  await fillShelf(service.base, "BENCH-1");
  return { name: "Idem", base: service.base, bearer: BENCH_KEY, world, pids: service.pids };
}

/** Puts more of an article on its shelf than any measurement takes. */
export async function fillShelf(base: string, sku: string): Promise<void> {
  const options = { bearer: BENCH_KEY, method: "PUT", expected: [200, 201] } as const;
  await post(`${base}/v1/stock/${sku}`, { onHand: STOCK }, options);
}

/** Temporal's samples as they teach it, on the same server with the same flags. */
export async function plainSaga(service: BenchService): Promise<Contender> {
  const world = await openWorld();
  const port = await freePort();
  const env = {
    PORT: String(port),
    TEMPORAL_ADDRESS: service.temporalAddress,
    WORLD_URL: world.httpUrl,
    SMTP_URL: world.smtpUrl,
  };
  const worker = service.beside(SAGA("saga-worker"), env);
  const api = service.beside(SAGA("saga-api"), env);
  const base = `http://127.0.0.1:${port}`;
  await until(() => answers(`${base}/healthz`), api, READY_WITHIN_MS);
  const pids = { engines: service.pids.engines, worker: worker.pid ?? 0, api: api.pid ?? 0 };
  return { name: "plain saga", base, bearer: "", world, pids };
}

/** The same order on a library a user might pick instead, from its own package in bench/peers. */
export async function peer(service: BenchService, name: "DBOS" | "Restate"): Promise<Contender> {
  install();
  const world = await openWorld();
  const port = await freePort();
  const script = `${PEERS}${name.toLowerCase()}.mjs`;
  const child = service.beside(script, {
    PORT: String(port),
    DATABASE_URL: await database(service.databaseUrl, `bench_${name.toLowerCase()}`),
    WORLD_URL: world.httpUrl,
    SMTP_URL: world.smtpUrl,
  });
  const base = `http://127.0.0.1:${port}`;
  await until(() => answers(`${base}/healthz`), child, READY_WITHIN_MS);
  return { name, base, bearer: "", world, pids: { engines: service.pids.engines, api: child.pid ?? 0 } };
}

function install(): void {
  if (existsSync(`${PEERS}node_modules`)) return;
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: PEERS, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error("npm ci in bench/peers failed");
}

/** Makes a database of this name beside that of `url`; its own URL. */
export async function database(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.toString();
}
