import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { PLANTED_FAULTS } from "./planted-faults.js";

/** A planted fault shows within so many orders. */
const ORDERS_UNTIL_FOUND = 1_500;

/** What `npm run simulate` prints, line by line; it runs where PostgreSQL and the SDK are replaced. */
async function simulate(...args: string[]): Promise<string[]> {
  const main = ["--max-old-space-size=2048", "dist/test/simulation/main.js", ...args];
  const { stdout } = await promisify(execFile)(process.execPath, main).catch((error: { stdout: string }) => error);
  return stdout.trimEnd().split("\n");
}

describe("the simulation of an order's story", () => {
  test("ends 20,000 orders as promised, and has each operation meet each fault", async () => {
    const lines = await simulate();
    expect(lines).toEqual([expect.stringMatching(/^simulated 20000 orders, seed 1, \d{5,} calls, 0 violations;/)]);
    process.stdout.write(`${lines.join("\n")}\n`);
  });

  test.each(PLANTED_FAULTS)("finds that $name", async ({ name, finds }) => {
    const [found] = await simulate("--orders", String(ORDERS_UNTIL_FOUND), "--planted", name);
    expect(found).toMatch(finds);
  });
});
