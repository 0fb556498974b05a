import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/api/openapi/route-operations.js";
import { hasChromium, launchChromium } from "../rig/chromium.js";
import { StartedProcess } from "../rig/started-process.js";

describe.runIf(hasChromium)("the reference of a demo, on a phone", () => {
  let home: string;
  let start: StartedProcess;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "idem-reference-"));
    start = new StartedProcess("start", { IDEM_HOME: home });
    const base = await start.ready();
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await page.goto(`${base}/docs`);
    await page.getByText("Place an order").waitFor();
  }, 600_000);
  afterAll(async () => {
    await browser?.close();
    start.signal("SIGTERM");
    await start.ended;
    start.endGroup();
    rmSync(home, { recursive: true });
  });

  const overflow = () => page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth");

  test("answers 202 twice in a row as offered, and the second is a replay", async () => {
    await page.locator("#operations-Orders-placeOrder").getByRole("button").first().click();
    const operation = page.locator("#operations-Orders-placeOrder");
    await operation.getByRole("button", { name: "Try it out" }).click();
    const answers = [];
    for (let time = 0; time < 2; time++) {
      const answered = page.waitForResponse((response) => response.request().method() === "POST");
      await operation.getByRole("button", { name: "Execute", exact: true }).click();
      const answer = await answered;
      answers.push([answer.status(), answer.headers()["idempotent-replayed"], await answer.text()]);
    }
    const [[, , body] = []] = answers;
    expect(answers).toEqual([
      [202, undefined, body],
      [202, "true", body],
    ]);
    await operation.locator(".live-responses-table").waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
  });

  test("scrolls sideways nowhere, whatever is open", async () => {
    const summaries = ".opblock:not(.is-open) .opblock-summary-control";
    await page.evaluate(`document.querySelectorAll("${summaries}").forEach((summary) => summary.click())`);
    const open = () => page.locator(".opblock .responses-inner").count();
    await expect.poll(open, { timeout: 60_000 }).toBe(OPERATIONS.length);
    expect(await overflow()).toBeLessThanOrEqual(0);
  });
});
