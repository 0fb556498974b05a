import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSimulator } from "../../src/config/home.js";
import { holderOf } from "../../dev/pid-file.js";
import { StartedProcess } from "../rig/started-process.js";

let home: string;
let start: StartedProcess;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "idem-start-"));
});
afterEach(async () => {
  start.signal("SIGTERM");
  await start.ended;
  start.endGroup();
  rmSync(home, { recursive: true });
});

function startEverything(): Promise<string> {
  start = new StartedProcess("start", { IDEM_HOME: home });
  return start.ready();
}

function engineRuns(): boolean {
  return ["engines.pid", "temporal.pid", "postgres.pid"].some((name) => holderOf(join(home, name)) !== null);
}

test("everything comes up, takes the order it proposes, and goes down together", async () => {
  const base = await startEverything();
  const stock = await fetch(`${base}/v1/stock/LAST-1`, { headers: { Authorization: "Bearer idem_demo_globex" } });
  expect(await stock.json()).toMatchObject({ onHand: 1, available: 1 });

  const body = /-d '(.*)'/.exec(start.output)?.[1] ?? "";
  const headers = { Authorization: "Bearer idem_demo_acme", "Content-Type": "application/json" };
  const order = await fetch(`${base}/v1/orders`, {
    method: "POST",
    headers: { ...headers, "Idempotency-Key": "my-first-order", Prefer: "wait=30" },
    body,
  });
  expect(await order.json()).toMatchObject({ status: "confirmed" });

  start.signal("SIGTERM");
  expect(await start.ended).toBe(0);
  expect(engineRuns()).toBe(false);
  expect(existsSync(join(home, "engines.json"))).toBe(false);
});

test("a killed supervisor takes everything along, and the next start goes on with the same secrets", async () => {
  await startEverything();
  const { stripeWebhookSecret, stripeApiBase } = readSimulator(home) ?? {};
  start.signal("SIGKILL");
  await expect.poll(engineRuns, { timeout: 15_000 }).toBe(false);

  await startEverything();
  expect(readSimulator(home)).toMatchObject({ stripeWebhookSecret, stripeApiBase });
});
