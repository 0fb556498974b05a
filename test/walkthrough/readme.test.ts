import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../dev/free-port.js";
import { StartedProcess } from "../rig/started-process.js";

/** What README has a reader type, typed. */

const README = readFileSync(resolve(import.meta.dirname, "../../README.md"), "utf8");
const BLOCKS = [...README.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(([, indent = "", text = ""]) =>
  text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
);

const NOT_RUN = {
  "git clone": "this is the clone; `npm start` is started below",
  "docker compose": "`npm run test:containers` runs the file, and sends the same order",
  "stripe listen": "needs an account at Stripe",
  "TEMPORAL_ADDRESS=shop": "needs an account at Temporal Cloud",
};

const KEY = { Authorization: "Bearer idem_demo_acme" };
const PATIENCE = { timeout: 60_000, interval: 200 };

let folder: string;
let home: string;
let base: string;
let env: Record<string, string>;
const started: StartedProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "idem-readme-"));
  home = join(folder, "home");
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  env = { IDEM_HOME: home, PORT: String(port) };
});
afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true });
});

function start(name: ConstructorParameters<typeof StartedProcess>[0]): StartedProcess {
  const one = new StartedProcess(name, env);
  started.push(one);
  return one;
}

async function stopAll(): Promise<void> {
  // The engines go last, as whoever types the commands would have it.
  for (const one of started.reverse()) {
    one.signal("SIGTERM");
    await one.ended;
    one.endGroup();
  }
  started.length = 0;
}

/** The block that holds a text, for the address that this test has, its placeholders filled in. */
function block(holding: string, filled: Record<string, string> = {}): string {
  const found = BLOCKS.filter((text) => text.includes(holding));
  expect(found, `one block has ${holding}`).toHaveLength(1);
  let text = (found[0] ?? "").replaceAll("http://127.0.0.1:3000", base);
  for (const [placeholder, value] of Object.entries(filled)) text = text.replaceAll(placeholder, value);
  return text;
}

async function bash(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-euc", script], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  return stdout;
}

const submitted = (answers: string) =>
  [...answers.matchAll(/HTTP\/1\.1 (\d+).*?\r\n\r\n(\{.*?\})(?=HTTP|\s*$)/gms)].map(([whole, status, body = ""]) => ({
    status: Number(status),
    body,
    replayed: /^idempotent-replayed: true\r$/im.test(whole),
    id: (JSON.parse(body) as { id: string }).id,
  }));

const statusOf = async (id: string) =>
  ((await (await fetch(`${base}/v1/orders/${id}`, { headers: KEY })).json()) as { status: string }).status;

describe.sequential("the README", () => {
  test("has no command that this test does not run, or says why not", () => {
    const run = ["submit()", "curl -N", "npm run engines", "kill -9", "-X PUT", "orders submit"];
    const known = [...run, ...Object.keys(NOT_RUN)];
    const unknown = BLOCKS.filter((text) => known.filter((part) => text.includes(part)).length !== 1);
    expect(unknown).toEqual([]);
    expect(BLOCKS).toHaveLength(known.length);
  });

  test("has an order submitted twice that happens once, from `npm start` to its delivery", async () => {
    await start("start").ready();
    const [first, second] = submitted(await bash(block("submit()")));
    expect([first?.status, second?.status, first?.replayed, second?.replayed]).toEqual([202, 202, false, true]);
    expect(second?.body).toBe(first?.body);
    const id = first?.id ?? "";
    await expect.poll(() => statusOf(id), PATIENCE).toBe("completed");
    const shown = await bash(block("curl -N", { "ord_...": id }));
    expect(shown).toContain('"status":"completed"');
    expect(shown).toContain("event: order.completed");
    const cli = resolve(import.meta.dirname, "../../dist/src/main/cli.js");
    const typed = await bash(block("orders submit", { "npm run --silent idem --": `node ${cli}` }));
    expect(typed).toMatch(/^status +completed$/m);
    expect(typed).toContain(`\n${id}  completed `);
    await stopAll();
  });

  test("has the processes started one by one, and the worker killed in between", async () => {
    expect(block("npm run engines")).toBe("npm run engines\nnpm run simulator\nnpm run api\nnpm run worker\n");
    const ready = { engines: "ready", simulator: "mailbox", api: "api ready", worker: "worker ready" };
    const run = async (name: keyof typeof ready) => {
      const one = start(name);
      await expect.poll(() => one.output, PATIENCE).toContain(ready[name]);
      return one;
    };
    for (const name of ["engines", "simulator", "api"] as const) await run(name);
    expect(await bash(block("-X PUT"))).toContain('"onHand":1000000');

    const define = block("submit()").replaceAll(/^submit cart.*$/gm, "");
    const submit = async (key: string) => submitted(await bash(`${define}\nsubmit ${key}\nsubmit ${key}`));
    const [first, second] = await submit("cart-982-attempt-1");
    expect([first?.status, second?.body]).toEqual([202, first?.body]);
    const worker = await run("worker");
    await expect.poll(() => statusOf(first?.id ?? ""), PATIENCE).toMatch(/confirmed|shipped|completed/);

    const [list = "", kill = ""] = block("kill -9", { "<process id>": String(worker.pid) })
      .trim()
      .split("\n");
    expect(await bash(list)).toContain(`${worker.pid} `);
    const [third] = await submit("cart-983-attempt-1");
    await bash(kill);
    expect(await worker.ended).toBe("SIGKILL");
    await run("worker");
    for (const order of [first, third]) await expect.poll(() => statusOf(order?.id ?? ""), PATIENCE).toBe("completed");
  });
});
