import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SimulatorClient } from "../../simulator/control-client.js";
import { readSimulator } from "../../src/config/home.js";
import { hasChromium, launchChromium } from "../rig/chromium.js";
import { StartedProcess } from "../rig/started-process.js";
import { waitFor } from "../rig/wait-for.js";

/** Where the pictures of docs/ are drawn again, when it is named. */
const PICTURES = process.env["IDEM_PICTURES"];
const MERCHANT = "idem_demo_acme";
const OPERATOR = "idem_demo_acme_operator";
const WIDE = { width: 1200, height: 800 };
const PHONE = { width: 360, height: 740 };
const FIFTY = 50;

interface Shown {
  id: string;
  status: string;
}

describe.runIf(hasChromium)("the console of a demo", () => {
  let home: string;
  let start: StartedProcess;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let base: string;
  let outside: SimulatorClient;
  const abroad: string[] = [];

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "idem-console-"));
    start = new StartedProcess("start", { IDEM_HOME: home, RATE_LIMIT: "10000" });
    base = await start.ready();
    outside = new SimulatorClient(readSimulator(home)?.controlUrl ?? "");
    browser = await launchChromium();
    context = await browser.newContext({ viewport: WIDE, timezoneId: "UTC" });
    await context.route("**/*", (route) => {
      const { origin } = new URL(route.request().url());
      if (origin === base || origin === "null") return route.continue();
      abroad.push(route.request().url());
      return route.abort();
    });
    page = await context.newPage();
  }, 600_000);
  afterAll(async () => {
    await browser?.close();
    start.signal("SIGTERM");
    await start.ended;
    start.endGroup();
    rmSync(home, { recursive: true });
  });

  async function api<T>(path: string, as = MERCHANT): Promise<T> {
    const answer = await fetch(base + path, { headers: { Authorization: `Bearer ${as}` } });
    return (await answer.json()) as T;
  }

  async function place(email: string, total: number): Promise<string> {
    const answer = await fetch(`${base}/v1/orders`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${MERCHANT}`,
        "Content-Type": "application/json",
        "Idempotency-Key": `tour-${email}-${total}`,
      },
      body: JSON.stringify({
        ...{ reference: `cart-${total}`, currency: "EUR", customer: { email, name: "Ada" } },
        shipTo: { line1: "1 High St", city: "London", postalCode: "N1 1AA", country: "GB" },
        ...{ lines: [{ sku: "MUG-1", quantity: 1, unitPrice: total }], total, payment: { method: "pm_card_visa" } },
      }),
    });
    return ((await answer.json()) as Shown).id;
  }

  const shows = (id: string, ...statuses: string[]) =>
    waitFor(`${id} to be ${statuses.join(" or ")}`, async () =>
      statuses.includes((await api<Shown>(`/v1/orders/${id}`)).status),
    );

  /** Serious faults of the page as it is drawn now, wide and narrow, light and dark; pictures of it where they are asked for. */
  async function isSound(name: string): Promise<void> {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const [viewport, width] of [
        [PHONE, "narrow"],
        [WIDE, "wide"],
      ] as const) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        const sideways = await page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth");
        expect(sideways, `${name}, ${width}`).toBeLessThanOrEqual(0);
        await page.evaluate(axe.source);
        const faults = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as axe.Result[];
        const serious = faults.filter(({ impact }) => impact === "serious" || impact === "critical");
        const named = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
        expect(named, `${name}, ${width}, ${colorScheme}`).toEqual([]);
        if (PICTURES) {
          mkdirSync(PICTURES, { recursive: true });
          await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`) });
        }
      }
    }
    await page.emulateMedia({ colorScheme: "light" });
  }

  test("is entered with the demo's keys", async () => {
    await page.goto(`${base}/console`);
    await isSound("sign-in");
    await page.getByRole("button", { name: /Sign in as acme/ }).click();
    await page.getByRole("heading", { name: "Orders" }).waitFor();
    expect(await page.getByText("merchant, operator").count()).toBe(1);
  });

  test("finds an order by its customer's email in two clicks, and refunds it while its page goes on by itself", async () => {
    const id = await place("grace@example.com", 2500);
    await page.getByRole("searchbox").fill("Grace@Example.com");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("link", { name: id.slice(0, 12) }).click();
    await page.getByText("The order was accepted.").waitFor();
    // Without a reload: the timeline is followed.
    await page.getByText("Every shipment was delivered and paid for.").waitFor({ timeout: 60_000 });
    await page.locator("summary", { hasText: "Refund" }).click();
    await page.getByLabel(/Amount/).fill("5");
    await page.getByLabel("Reason").fill("arrived broken");
    await page.getByRole("button", { name: "Refund" }).dblclick();
    await page.getByText("The refund was accepted.").waitFor();
    await page.getByText("A refund succeeded.").waitFor();
    const { items } = await api<{ items: object[] }>(`/v1/orders/${id}/refunds`);
    expect(items).toMatchObject([{ amount: 500, status: "succeeded", reason: "arrived broken" }]);
    await page.goto(`${base}/console/orders/${id}`);
    await isSound("order");
  });

  test("resolves one attention, and fifty in a batch that can be paused", async () => {
    await outside.config({ shipDelayMs: 100, deliverDelayMs: 100 });
    const totals = Array.from({ length: FIFTY + 1 }, (_, index) => 7_000 + index);
    const ids: string[] = [];
    for (const total of totals) {
      await outside.fault("capture", "decline", { amount: total });
      ids.push(await place(`batch-${total}@example.com`, total));
    }
    for (const id of ids) await shows(id, "needs_attention");
    await page.setViewportSize(WIDE);
    await page.goto(`${base}/console/attentions?cause=capture_refused`);
    await isSound("inbox");
    await page.getByText("Resolve", { exact: true }).first().click();
    await page.getByLabel("Reason").first().fill("the bank is back");
    await page.getByRole("button", { name: "Resolve" }).first().click();
    await page.getByText("The resolution was accepted.").waitFor();
    await page.goto(`${base}/console/attentions?cause=capture_refused`);
    await page.getByRole("link", { name: /Resolve all of/ }).click();
    await page.getByRole("heading", { name: `${FIFTY} because of “capture refused”` }).waitFor();
    await isSound("new-batch");
    await page.getByLabel("Reason").fill("the bank is back");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText(`${FIFTY} accepted, 0 refused, 0 to go`).waitFor({ timeout: 60_000 });
    await isSound("batch");
    for (const id of ids) await shows(id, "completed", "shipped");
    await page.goto(`${base}/console/attentions`);
    await page.getByText("Nothing needs an operator.").waitFor();
    expect((await api<{ items: object[] }>("/v1/attentions", OPERATOR)).items).toEqual([]);
  });

  test("presses five times at once, and one order is made; the worker dies and the next one carries on", async () => {
    await page.goto(`${base}/console/try`);
    await page.getByLabel("What happens to it").selectOption("lost-answer");
    await page.getByRole("button", { name: "Press five times" }).click();
    await page.locator("#answers a").nth(4).waitFor();
    const orders = new Set(await page.locator("#answers a").allTextContents());
    expect(orders.size).toBe(1);
    expect(await page.getByText("was the first").count()).toBe(1);
    await isSound("try-it");
    await page.getByRole("button", { name: "Kill the worker" }).click();
    await page.getByText("The worker was killed").waitFor();
    const [id = ""] = orders;
    await shows(id, "completed");
    await page.goto(`${base}/console/orders/${id}`);
    await page.getByText("4 requests were repeats").waitFor();
    expect(await outside.kinds(id)).toEqual(["authorization", "shipment", "capture"]);
  });

  test("delivers a webhook again, and revokes a key by its id", async () => {
    await page.goto(`${base}/console/webhooks`);
    await page.getByLabel("Address").fill("http://127.0.0.1:9/events");
    await page.getByRole("button", { name: "Add the endpoint" }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole("link", { name: "I have stored it" }).click();
    await page.getByRole("button", { name: "Send a ping" }).click();
    await page.locator("summary", { hasText: "ping" }).click();
    await isSound("endpoint");
    await page.getByRole("button", { name: "Deliver again" }).first().click();
    await page.getByText("What was asked for is delivered again.").waitFor();
    await page.goto(`${base}/console/keys`);
    await page.getByLabel("Name").fill("help desk");
    await page.getByRole("button", { name: "Make the key" }).click();
    const key = (await page.locator("pre").textContent()) ?? "";
    const listed = () => fetch(`${base}/v1/orders`, { headers: { Authorization: `Bearer ${key}` } });
    expect((await listed()).status).toBe(200);
    await page.getByRole("link", { name: "I have stored it" }).click();
    await isSound("keys");
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.getByText("The key was revoked.").waitFor();
    expect((await listed()).status).toBe(401);
  });

  test("is used by the keyboard alone, and asks no other host for anything", async () => {
    await page.goto(`${base}/console`);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent.trim()")).toBe("Skip to content");
    for (const path of ["stock", "stock/MUG-1", "health", "nonsense"]) {
      await page.goto(`${base}/console/${path}`);
      await isSound(path.replace("/", "-"));
    }
    for (const path of ["/", "/docs", "/problems/idempotency-key-reused"]) await page.goto(base + path);
    expect(abroad).toEqual([]);
  });
});
