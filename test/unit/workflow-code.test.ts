import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundleWorkflowCode, type Logger } from "@temporalio/worker";
import { expect, test } from "vitest";

const workflows = resolve(import.meta.dirname, "../../workflows");

/** Keeps what is logged above `info`. */
function collector(recorded: string[]): Logger {
  const ignore = () => {};
  const keep = (message: string, meta?: unknown) => void recorded.push(`${message} ${JSON.stringify(meta ?? {})}`);
  return {
    log: (level, message, meta) => (level === "WARN" || level === "ERROR" ? keep(message, meta) : undefined),
    ...{ trace: ignore, debug: ignore, info: ignore, warn: keep, error: keep },
  };
}

test("the workflows are bundled without a warning", async () => {
  const recorded: string[] = [];
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(workflows, "index.ts"),
    logger: collector(recorded),
  });
  expect(recorded).toEqual([]);
  expect(code).toContain("processOrder");
}, 120_000);

/**
 * What the deterministic driver does not provide, and what a replay would not repeat by itself: the clock, timers, chance.
 * A time that is given may be spelt.
 */
const FORBIDDEN = [
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /(?<!new )\bDate\(/,
  /\bset(?:Timeout|Interval|Immediate)\b/,
  /\bAbort(?:Signal|Controller)\b/,
  /\bMath\.random\b/,
  /\bperformance\b/,
  /\bcrypto\b/,
];

const files = readdirSync(workflows).filter((name) => name.endsWith(".ts") && name !== "temporal-runtime.ts");

test.each(files)("workflows/%s knows time, timers and chance by its runtime alone", (name) => {
  const code = readFileSync(join(workflows, name), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  expect(FORBIDDEN.filter((pattern) => pattern.test(code))).toEqual([]);
});
