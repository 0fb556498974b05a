import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
/** Without these it asks for hosts that a closed network does not have. */
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

export const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) console.warn("skipped: chromium is not installed (apt-get install chromium)");

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", ...QUIET] });
}
