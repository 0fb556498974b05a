import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client as Postgres } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EnginesFile, enginesPath, readEngines } from "../../src/config/home.js";
import { holderOf } from "../../dev/pid-file.js";
import { StartedProcess } from "../rig/started-process.js";

const LIMIT = { timeout: 600_000 };

let home: string;
let started: StartedProcess[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "idem-engines-"));
  started = [];
});
afterEach(async () => {
  for (const engines of started) engines.signal("SIGTERM");
  await Promise.all(started.map((engines) => engines.ended));
  for (const engines of started) engines.endGroup();
  rmSync(home, { recursive: true });
});

function startEngines(env: Record<string, string> = {}): StartedProcess {
  const engines = new StartedProcess("engines", { IDEM_HOME: home, ...env });
  started.push(engines);
  return engines;
}

async function upOf(engines: StartedProcess, itsHome = home): Promise<EnginesFile> {
  let over: number | string | null = null;
  void engines.ended.then((how) => (over = how));
  await expect
    .poll(() => (over === null ? engines.output.includes("ready") : `ended: ${over} ${engines.output}`), LIMIT)
    .toBe(true);
  return readEngines(itsHome) ?? {};
}

async function query(databaseUrl: string | undefined, sql: string): Promise<unknown[]> {
  const client = new Postgres({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

test("a home has its engines' addresses once both answer, for the owner alone, until they stop", async () => {
  const engines = startEngines();
  const { databaseUrl, temporalAddress, temporalUiUrl } = await upOf(engines);
  expect(temporalAddress).toMatch(/^127\.0\.0\.1:\d+$/);
  expect((await fetch(temporalUiUrl ?? "")).status).toBe(200);
  expect(await query(databaseUrl, "SELECT current_database() AS name")).toEqual([{ name: "idem" }]);
  expect(statSync(enginesPath(home)).mode & 0o777).toBe(0o600);

  engines.signal("SIGTERM");
  expect(await engines.ended).toBe(0);
  expect(existsSync(enginesPath(home))).toBe(false);
  expect([holderOf(join(home, "temporal.pid")), holderOf(join(home, "postgres.pid"))]).toEqual([null, null]);
});

test("data and addresses outlive a killed parent, whose engines the next start ends", async () => {
  const first = startEngines();
  const before = await upOf(first);
  await query(before.databaseUrl, "CREATE TABLE kept AS SELECT 1 AS one");
  first.signal("SIGKILL");
  await first.ended;
  const leftover = holderOf(join(home, "temporal.pid"));
  expect(leftover).not.toBeNull();

  const after = await upOf(startEngines());
  expect(after).toEqual(before);
  expect(holderOf(join(home, "temporal.pid"))?.pid).not.toBe(leftover?.pid);
  expect(await query(after.databaseUrl, "SELECT one FROM kept")).toEqual([{ one: 1 }]);
});

test("a process that was started before them says that it waits, and goes on", async () => {
  const providers = {
    STRIPE_SECRET_KEY: "sk_test_1",
    STRIPE_WEBHOOK_SECRET: "whsec_1",
    FULFILMENT_URL: "http://127.0.0.1:9",
    FULFILMENT_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    SMTP_URL: "smtp://127.0.0.1:9",
    MAIL_FROM: "orders@shop.example",
    API_KEYS: "acme:merchant:a-long-random-key",
  };
  const api = new StartedProcess("api", { IDEM_HOME: home, PORT: "0", ...providers });
  started.push(api);
  await expect.poll(() => api.output, LIMIT).toBe("api: waiting for `npm run engines`\n");
  await upOf(startEngines());
  await expect.poll(() => api.output, LIMIT).toContain("api ready");
});

test("an engine that dies takes the others along and shows its last lines", async () => {
  const engines = startEngines();
  await upOf(engines);
  const postgres = holderOf(join(home, "postgres.pid"));
  if (postgres) process.kill(postgres.pid, "SIGQUIT");
  expect(await engines.ended).toBe(1);
  expect(engines.output).toContain("PostgreSQL ended (exit 0)");
  expect(engines.output).toContain("immediate shutdown request");
  expect(existsSync(enginesPath(home))).toBe(false);
});

test("a home has one pair of engines", async () => {
  await upOf(startEngines());
  const second = startEngines();
  expect(await second.ended).toBe(1);
  expect(second.output).toContain(`the engines of ${home} run already`);
});

test("engines of two homes that start at one moment get ports of their own, and none that is taken", async () => {
  const neighbour = createServer();
  await new Promise<void>((resolve) => neighbour.once("error", () => resolve()).listen(5433, "127.0.0.1", resolve));
  const otherHome = mkdtempSync(join(home, "other-"));
  const [one, other] = [startEngines(), startEngines({ IDEM_HOME: otherHome })];
  const files = [await upOf(one), await upOf(other, otherHome)];
  const ports = files.flatMap(({ databaseUrl = "", temporalAddress = "", temporalUiUrl = "" }) =>
    [databaseUrl, `http://${temporalAddress}`, temporalUiUrl].map((url) => new URL(url).port),
  );
  expect(new Set([...ports, "5433"]).size).toBe(7);
  neighbour.close();
});

test("an engine that runs external is not started", async () => {
  const file = await upOf(startEngines({ TEMPORAL_ADDRESS: "temporal.example:7233" }));
  expect(Object.keys(file)).toEqual(["databaseUrl"]);
  expect(existsSync(join(home, "temporal.pid"))).toBe(false);
});

test("without a Temporal server to run the remedies are named", async () => {
  const nowhere = { PATH: home, XDG_CACHE_HOME: join(home, "cache"), DATABASE_URL: "postgres://external/idem" };
  const engines = startEngines(nowhere);
  let ended = false;
  void engines.ended.then(() => (ended = true));
  await expect.poll(() => ended || engines.output.includes("ready"), LIMIT).toBe(true);
  if (!ended) return; // this machine may download it
  expect(await engines.ended).toBe(3);
  expect(engines.output).toMatch(/TEMPORAL_ADDRESS/);
});

test("no log holds what the database was sent", async () => {
  const { databaseUrl } = await upOf(startEngines());
  await query(databaseUrl, "CREATE TABLE people (email text UNIQUE)");
  const insert = "INSERT INTO people VALUES ('ada@example.com')";
  await query(databaseUrl, insert);
  await expect(query(databaseUrl, insert)).rejects.toThrow("duplicate key");
  await expect.poll(() => readFileSync(join(home, "logs", "postgres.log"), "utf8"), LIMIT).toContain("duplicate key");
  expect(readFileSync(join(home, "logs", "postgres.log"), "utf8")).not.toContain("ada@");
});
