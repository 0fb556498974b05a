import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { type EffectKind, SimulatorClient } from "../../simulator/control-client.js";
import { Caller } from "../rig/caller.js";
import { waitFor } from "../rig/wait-for.js";
import { Containers } from "./containers.js";

const deployment = inject("deployment");
const containers = new Containers(deployment.env);
const acme = new Caller(deployment.apiUrl, "idem_demo_acme");
const outside = new SimulatorClient(`${deployment.simulatorUrl}/_control`);

const SERVING = ["api", "worker", "simulator", "postgres", "temporal", "temporal-ui"];

const Lock = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });

/** The order that the README submits. */
const [, README_ORDER = ""] = /<<'JSON'\n(.*?)\nJSON/s.exec(readFileSync("README.md", "utf8")) ?? [];

async function isHealthy(service: string): Promise<boolean> {
  return (await containers.stateOf(service)).Health?.Status === "healthy";
}

interface Placed {
  id: string;
  path: string;
  email: string;
}

/** The README's order, of a customer of its own. */
async function place(): Promise<Placed> {
  const email = `ada-${randomUUID()}@example.com`;
  const answer = await acme.post("/v1/orders", { ...JSON.parse(README_ORDER), customer: { email } });
  if (answer.status !== 202) throw new Error(`not accepted: ${answer.status} ${answer.text}`);
  return { id: answer.json.id, path: answer.json.links.self, email };
}

/** While the database is away there is no answer, or 503. */
async function reaches({ path }: Placed, status: string): Promise<void> {
  const shows = async () => (await acme.get(path).catch(() => null))?.json?.status === status;
  await waitFor(`${path} to be ${status}`, shows, 120_000);
}

/**
 * What happened outside for an order that completes: money, goods, and the number of its emails. An email whose server was
 * not heard goes out again under its Message-ID.
 */
async function effectsOf(order: Placed): Promise<[...EffectKind[], number]> {
  await reaches(order, "completed");
  await waitFor("its emails", async () => (await outside.mailIds(order.email)).length >= 2);
  return [...(await outside.kinds(order.id)).toSorted(), (await outside.mailIds(order.email)).length];
}

const ONCE = ["authorization", "capture", "shipment", 2];

describe("docker-compose.yml", () => {
  test.each(SERVING)("%s is healthy", async (service) => {
    await waitFor(`${service} to be healthy`, () => isHealthy(service), 60_000);
    expect(await isHealthy(service)).toBe(true);
  });

  test.each(["temporal-schema", "temporal-namespace"])("%s has done its work", async (service) => {
    const { Status, ExitCode } = await containers.stateOf(service);
    expect([Status, ExitCode]).toEqual(["exited", 0]);
  });

  test.each(SERVING)(
    "confines %s: no root, no privilege, no writing to its image, no memory without end",
    async (service) => {
      const status = await containers.exec(service, "cat", "/proc/1/status");
      const line = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1];
      expect([line("Uid"), line("CapBnd"), line("NoNewPrivs")]).toEqual([
        expect.not.stringMatching(/^0$/),
        "0000000000000000",
        "1",
      ]);
      await expect(containers.exec(service, "touch", "/written")).rejects.toThrow(/Read-only file system/);
      const { Memory, RestartPolicy } = await containers.limitsOf(service);
      expect([Memory > 0, RestartPolicy.Name]).toEqual([true, "unless-stopped"]);
    },
  );

  test("shows no secret in its containers and their logs", async () => {
    const secrets = readdirSync(deployment.secrets)
      .map((name) => readFileSync(join(deployment.secrets, name), "utf8"))
      .filter((secret) => secret !== "");
    expect(secrets.length).toBeGreaterThan(8);
    const shown = await containers.everythingShown();
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });
});

describe.each(["api", "worker"])("the image of the %s", (service) => {
  const folders = async (...where: string[]) =>
    (await containers.exec(service, "find", ...where, "-mindepth", "1", "-type", "d")).split("\n").toSorted();

  test("has the service alone, without tools and simulator", async () => {
    expect(await folders(".", "-maxdepth", "1")).toEqual(["./dist", "./docs", "./node_modules", "./src"]);
    expect(await folders("dist", "-maxdepth", "1")).toEqual(["dist/activities", "dist/src", "dist/workflows"]);
  });

  test("has no development dependency", async () => {
    const { packages } = Lock.parse(JSON.parse(readFileSync("package-lock.json", "utf8")));
    const development = Object.keys(packages).filter((path) => packages[path]?.dev);
    const installed = await folders("node_modules");
    expect([installed.includes("node_modules/hono"), development.includes("node_modules/vitest")]).toEqual([
      true,
      true,
    ]);
    expect(development.filter((path) => installed.includes(path))).toEqual([]);
  });
});

describe("orders", () => {
  beforeAll(() => acme.put("/v1/stock/MUG-1", { onHand: 1_000 }));

  test("the README's order, submitted twice, is one order that completes (M1)", async () => {
    const submit = () => acme.post("/v1/orders", README_ORDER, { key: "cart-981-attempt-1" });
    const [first, second] = [await submit(), await submit()];
    expect([first.status, first.replayed]).toEqual([202, false]);
    expect([second.status, second.replayed, second.text]).toEqual([202, true, first.text]);
    const order = { id: first.json.id, path: first.json.links.self, email: "ada@example.com" };
    expect(await effectsOf(order)).toEqual(ONCE);
    const query = encodeURIComponent(`WorkflowId = "order/${order.id}"`);
    const runs = await fetch(`${deployment.temporalUiUrl}/api/v1/namespaces/default/workflows?query=${query}`);
    expect(await runs.json()).toMatchObject({ executions: [{ type: { name: "placeOrder" } }] });
  });

  test("a worker that is killed is restarted and completes its order (M14)", async () => {
    const order = await place();
    await reaches(order, "confirmed");
    const { Pid } = await containers.stateOf("worker");
    process.kill(Pid, "SIGKILL");
    await waitFor("the worker to be healthy again", async () => {
      return (await containers.stateOf("worker")).Pid !== Pid && (await isHealthy("worker"));
    });
    expect(await effectsOf(order)).toEqual(ONCE);
  });

  test("the database is restarted, and orders of before and after complete", async () => {
    const before = await place();
    await containers.compose("restart", "postgres");
    const after = await waitFor("an order to be accepted", () => place().catch(() => null));
    expect(await effectsOf(before)).toEqual(ONCE);
    expect(await effectsOf(after)).toEqual(ONCE);
  });

  test("the audit in the API's container finds nothing", async () => {
    const printed = await containers.exec("api", "node", "dist/src/main/cli.js", "audit");
    expect(printed).toMatch(/^4 orders, 4 payments, 0 discrepancies/m);
  });
});

describe("the databases", () => {
  /** What psql prints over the network, where passwords count. */
  const ask = (role: string, database: string, statement: string, password = secretOf(`${role}_password`)) =>
    containers.exec(
      "postgres",
      ...["env", `PGPASSWORD=${password}`, "psql", "--no-psqlrc", "--tuples-only", "--no-align"],
      ...["--host", "postgres", "--username", role, "--dbname", database, "--command", statement],
    );
  const secretOf = (name: string) => readFileSync(join(deployment.secrets, name), "utf8");

  test.each([
    ["idem", "idem", ["temporal", "temporal_visibility", "postgres"]],
    ["temporal", "temporal", ["idem", "postgres"]],
  ])("%s is no superuser and connects to its own alone", async (role, own, others) => {
    const privileges = "select rolsuper, rolcreaterole, rolcreatedb, rolreplication from pg_roles where rolname = user";
    expect(await ask(role, own, privileges)).toBe("f|f|f|f");
    for (const other of others) {
      await expect(ask(role, other, "select 1")).rejects.toThrow(`permission denied for database "${other}"`);
    }
    await expect(ask(role, own, "select 1", "another")).rejects.toThrow("password authentication failed");
  });
});

test("every process ends by itself when it is stopped", async () => {
  const services = ["api", "worker", "simulator"];
  await containers.compose("stop", ...services);
  const states = await Promise.all(services.map((service) => containers.stateOf(service)));
  expect(states.map(({ Status, ExitCode }) => `${Status} ${ExitCode}`)).toEqual(services.map(() => "exited 0"));
});

test("docker compose down removes containers and volumes", async () => {
  expect((await containers.remaining()).length).toBeGreaterThan(8);
  await containers.compose("down", "--volumes");
  expect(await containers.remaining()).toEqual([]);
});
