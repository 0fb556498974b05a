import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestApp } from "../rig/test-app.js";
import { TroubledProxy } from "../rig/troubled-proxy.js";

/** The package as `npm pack` makes it, in an empty project: its client in Node, and in a browser. */

const CHECKOUT = resolve(import.meta.dirname, "../..");
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const run = promisify(execFile);

let idem: TestApp;
let project: string;
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "idem-package-"));
  const [app, { stdout: packed }] = await Promise.all([
    TestApp.start(24),
    run("npm", ["pack", "--silent", "--pack-destination", project], { cwd: CHECKOUT }),
  ]);
  idem = app;
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "shop", type: "module", private: true }));
  await run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", `./${packed.trim().split("\n").at(-1)}`],
    {
      cwd: project,
    },
  );
});
afterAll(async () => {
  await idem.stop();
  rmSync(project, { recursive: true });
});

const README = readFileSync(join(CHECKOUT, "README.md"), "utf8");
/** The program of README, for the address and the key that this test has. */
function program(): string {
  const [, text = ""] = /^```js\n(.*?)^```$/ms.exec(README) ?? [];
  return text.replace("http://127.0.0.1:3000", idem.base).replace("idem_demo_acme", idem.acme.apiKey ?? "");
}

test("README's program is at most 20 lines, and places its order once however often it runs", async () => {
  await idem.acme.put("/v1/stock/MUG-1", { onHand: 1_000_000 });
  expect(program().trim().split("\n").length).toBeLessThanOrEqual(20);
  writeFileSync(join(project, "order.js"), program());
  const [first, second] = [
    await run(process.execPath, ["order.js"], { cwd: project }),
    await run(process.execPath, ["order.js"], { cwd: project }),
  ];
  expect(first.stdout).toMatch(/^ord_[a-z2-7]{32} completed\n$/);
  expect(second.stdout).toBe(first.stdout);
});

test("its types are those of the service's description", async () => {
  writeFileSync(
    join(project, "typed.ts"),
    `import { IdemClient, isFinal, type Order } from "idem/client";
     const idem = new IdemClient({ baseUrl: "http://127.0.0.1:1" });
     export const status = async (id: string): Promise<Order["status"]> => (await idem.waitFor(id, isFinal)).status;
     // @ts-expect-error no order has such a status
     export const wrong: Order["status"] = "lost";`,
  );
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2023,dom"];
  const compiler = join(CHECKOUT, "node_modules/.bin/tsc");
  const said = await run(compiler, [...options, "typed.ts"], { cwd: project }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
  expect(said).toBe("");
});

describe("in a browser", () => {
  let shop: Server;
  let proxy: TroubledProxy;
  beforeAll(async () => {
    proxy = await TroubledProxy.to(idem.base);
    shop = serveShop(proxy);
    await new Promise<void>((ready) => shop.listen(0, "127.0.0.1", ready));
  });
  afterAll(async () => {
    shop.closeAllConnections();
    shop.close();
    await proxy.close();
  });

  test("a cart whose answer is lost and whose page is reloaded becomes one order", async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(shop.address() as AddressInfo).port}/`);
      proxy.troubles.push("cut connection", "502 page", "502 page", "502 page");
      await page.click("button");
      await expect.poll(() => proxy.keys.length, { timeout: 30_000 }).toBeGreaterThan(1);
      await page.reload();
      proxy.troubles.length = 0;
      await page.dblclick("button");
      await page.waitForFunction("document.querySelector('output').textContent !== ''");
      const [id, replayed] = ((await page.textContent("output")) ?? "").split(" ");
      expect(replayed).toBe("true");
      expect(new Set(proxy.keys).size).toBe(1);
      const { items } = (await idem.acme.get("/v1/orders?reference=cart-of-a-browser")).json;
      expect(items.map((order: { id: string }) => order.id)).toEqual([id]);
    } finally {
      await browser.close();
    }
  });
});

/** A shop's page, its modules, and a proxy to the service that adds the shop's key. */
function serveShop(service: TroubledProxy): Server {
  const order = { ...idem.order(), reference: "cart-of-a-browser" };
  const html = `<!doctype html><button>Buy</button><output></output><script type="module">
    import { IdemClient, webStore } from "/node_modules/idem/dist/src/client/index.js";
    const idem = new IdemClient({ baseUrl: location.origin, store: webStore(localStorage) });
    document.querySelector("button").onclick = async () => {
      const { id, replayed } = await idem.placeOrder("cart-1", ${JSON.stringify(order)});
      document.querySelector("output").textContent = id + " " + replayed;
    };
  </script>`;
  return createServer((asked, answer) => {
    const url = asked.url ?? "/";
    if (url === "/") return void answer.writeHead(200, { "Content-Type": "text/html" }).end(html);
    if (url.startsWith("/node_modules/idem/"))
      return void answer.writeHead(200, { "Content-Type": "text/javascript" }).end(readFileSync(join(project, url)));
    if (!url.startsWith("/v1/")) return void answer.writeHead(404).end();
    asked.headers.authorization = `Bearer ${idem.acme.apiKey}`;
    service.handle(asked, answer);
  });
}
