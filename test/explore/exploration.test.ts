import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { explore } from "./explore.js";
import { SCENARIOS } from "./orders.js";
import { PLANTED_FAULTS } from "./planted-faults.js";
import { type Rules, RULES } from "./rules.js";

describe("the exploration of every order that can be reached", () => {
  test("breaks no invariant, takes every branch of the rules, makes every legal move and reaches every end", async () => {
    const main = ["--max-old-space-size=4096", "dist/test/explore/main.js"];
    const { stdout } = await promisify(execFile)(process.execPath, main).catch((error: { stdout: string }) => error);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .filter((line) => !/: \d+ orders, \d+ facts \(/.test(line)),
    ).toEqual([expect.stringMatching(/^explored \d{6,} orders, \d{6,} facts, 0 violations$/)]);
  });

  test.each(PLANTED_FAULTS)("finds that $name", ({ rules, finds }) => {
    expect(firstViolation({ ...RULES, ...rules })).toMatch(finds);
  });
});

/** The fewest surprises come first: most faults show without any. */
function firstViolation(rules: Rules): string {
  for (const depth of [0, 1, 2])
    for (const scenario of SCENARIOS) {
      const { violations } = explore(scenario, rules, { depth, stopAtFirst: true });
      const [first] = violations;
      if (first) return first.what;
    }
  return "";
}
