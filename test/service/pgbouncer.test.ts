import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { PgBouncer, pgBouncerVersion } from "../rig/pgbouncer.js";
import { ProcessUnderTest } from "../rig/process-under-test.js";
import { TestApp } from "../rig/test-app.js";

/** Through PgBouncer orders run to completion, or a process says at its start what to set. */

const version = pgBouncerVersion();
if (!version) console.warn("skipped: pgbouncer is not installed (apt-get install pgbouncer)");
const [major, minor] = version ?? [0, 0];
/** From 1.21 on it keeps prepared statements in transaction mode. */
const keepsStatements = major > 1 || minor >= 21;
if (version && !keepsStatements)
  console.warn(
    `skipped: orders in transaction mode, which needs PgBouncer 1.21 or newer; this is ${version.join(".")}`,
  );

let idem: TestApp;
let direct = "";

beforeAll(async () => {
  idem = await TestApp.start(20);
  const url = new URL(inject("engines").databaseUrl);
  url.pathname = new URL(idem.env["DATABASE_URL"] ?? "").pathname;
  direct = url.href;
  await Promise.all([idem.api.stop(), idem.worker.stop()]);
});
afterAll(() => auditIsClean(idem).finally(() => idem.stop()));

const EFFECTS = ["authorization", "shipment", "capture"];
const ORDERS = 20;

/** Has orders carried out by an API and a worker that know the pooler alone; answers their effects. */
async function effectsThrough(pooler: PgBouncer): Promise<string[][]> {
  const env = { ...idem.env, DATABASE_URL: pooler.url };
  const processes = (["api", "worker"] as const).map(
    (program) => new ProcessUnderTest(program, env, `${program} ready`),
  );
  try {
    await Promise.all(processes.map((one) => one.start()));
    const orders = await Promise.all(Array.from({ length: ORDERS }, () => idem.place()));
    for (const order of orders) await idem.reaches(order, "completed");
    const cancelled = await idem.held();
    await idem.cancel(cancelled);
    await idem.reaches(cancelled, "cancelled");
    return await Promise.all(orders.map(({ id }) => idem.outside.kinds(id)));
  } finally {
    await Promise.all(processes.map((one) => one.stop()));
    await pooler.stop();
  }
}

/** What a process says that refuses to start. */
async function refusal(program: "api" | "worker", url: string): Promise<string> {
  const one = new ProcessUnderTest(program, { ...idem.env, DATABASE_URL: url }, `${program} ready`);
  await expect(one.start()).rejects.toThrow(`${program} ended`);
  return one.output;
}

describe.skipIf(!version)("PgBouncer", () => {
  test("in session mode carries orders to their end", async () => {
    const pooler = await PgBouncer.start(direct, { pool_mode: "session" });
    expect(await effectsThrough(pooler)).toEqual(Array.from({ length: ORDERS }, () => EFFECTS));
  });

  test.skipIf(!keepsStatements)(
    "in transaction mode carries orders to their end once the role brings the time-outs",
    async () => {
      const settings = { pool_mode: "transaction", max_prepared_statements: 200 };
      const bare = await PgBouncer.start(direct, settings);
      const said = await refusal("api", bare.url).finally(() => bare.stop());
      expect(said).toContain("alter role current_user set statement_timeout = 2000");
      const database = new URL(direct).pathname.slice(1);
      for (const setting of ["statement_timeout = 2000", "idle_in_transaction_session_timeout = 10000"])
        await idem.db.query(`alter role current_user in database ${database} set ${setting}`);
      const pooler = await PgBouncer.start(direct, settings);
      expect(await effectsThrough(pooler)).toEqual(Array.from({ length: ORDERS }, () => EFFECTS));
    },
  );

  test("in transaction mode without prepared statements is refused at start, with the remedy", async () => {
    const pooler = await PgBouncer.start(direct, {
      pool_mode: "transaction",
      ...(keepsStatements && { max_prepared_statements: 0 }),
    });
    try {
      for (const program of ["api", "worker"] as const)
        expect(await refusal(program, pooler.url)).toContain(
          "set pool_mode = session, or max_prepared_statements = 200",
        );
    } finally {
      await pooler.stop();
    }
  });

  test("in statement mode is refused at start, with the remedy", async () => {
    const pooler = await PgBouncer.start(direct, { pool_mode: "statement" });
    const said = await refusal("api", pooler.url).finally(() => pooler.stop());
    expect(said).toContain("set pool_mode = session");
  });
});
