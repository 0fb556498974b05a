import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSimulator } from "../../src/config/home.js";
import { freePort } from "../../dev/free-port.js";
import { StartedProcess } from "../rig/started-process.js";

/** What the pages of docs/ have a reader type, typed, page by page in a demo. */

const CHECKOUT = resolve(import.meta.dirname, "../..");
const read = (...path: string[]) => readFileSync(join(CHECKOUT, ...path), "utf8");

/** The blocks of a page, but those that say why they are not run. */
function blocksOf(page: string): string[] {
  const blocks = [...read("docs", page).matchAll(/(<!-- not run here: .+ -->\n)? *```sh\n(.*?)^ *```$/gms)];
  return blocks.flatMap(([, excuse, typed = ""]) => (excuse === undefined ? [typed] : []));
}

const GUIDES = readdirSync(join(CHECKOUT, "docs")).filter((name) => name.endsWith(".md") && blocksOf(name).length > 0);

let folder: string;
let base: string;
let control: string;
let start: StartedProcess;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "idem-guides-"));
  const home = join(folder, "home");
  env = { IDEM_HOME: home, PORT: String(await freePort()) };
  start = new StartedProcess("start", env);
  const [, order = ""] = /cat > order\.json <<'JSON'\n(.*?)\nJSON/s.exec(read("README.md")) ?? [];
  writeFileSync(join(folder, "order.json"), order);
  base = await start.ready();
  control = readSimulator(home)?.controlUrl ?? "";
});
afterAll(async () => {
  start.signal("SIGTERM");
  await start.ended;
  start.endGroup();
  rmSync(folder, { recursive: true });
});

async function type(block: string): Promise<string> {
  const idem = `node ${join(CHECKOUT, "dist/src/main/cli.js")}`;
  const script = block
    .replaceAll("http://127.0.0.1:3000", base)
    .replaceAll("http://127.0.0.1:3900/_control", control)
    .replaceAll("npm run --silent idem --", idem)
    .replaceAll(/npm run (audit|purge)(?: --)?/g, `${idem} $1`);
  const { stdout } = await promisify(execFile)("bash", ["-euc", script], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  return stdout;
}

describe.sequential("the guides", () => {
  test.each(GUIDES)("%s has commands that do what it says", async (page) => {
    for (const block of blocksOf(page)) {
      const printed = await type(block);
      expect([block, printed.trim()]).toEqual([block, expect.stringMatching(/./)]);
    }
  });

  test("are served to people and to programs, with every link leading to a page that is there", async () => {
    const list = await (await fetch(`${base}/llms.txt`)).text();
    const pages = [...list.matchAll(/\((http[^)]*)\)/g)].map(([, url = ""]) => url);
    expect(pages.length).toBeGreaterThan(10);
    const broken: string[] = [];
    for (const page of pages) {
      const { ok, headers } = await fetch(page);
      if (!ok || !/markdown|json/.test(headers.get("Content-Type") ?? "")) broken.push(page);
      if (!page.endsWith(".md")) continue;
      const shown = await (await fetch(page.slice(0, -3))).text();
      for (const [, to = ""] of shown.matchAll(/(?:href|src)="((?:\/|pictures)[^"#]*)/g)) {
        const url = new URL(to, `${base}/guides/`).href;
        if (!(await fetch(url)).ok) broken.push(`${page}: ${to}`);
      }
    }
    expect(broken).toEqual([]);
  });
});
