import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { TenantTurns } from "../../src/api/tenant-turns.js";

test("pieces of one tenant go one after the other, rest between, and keep no other tenant waiting", async () => {
  const turns = new TenantTurns();
  const story: string[] = [];
  const piece = (tenant: string, name: string, ms: number) =>
    turns.take(tenant, async () => {
      story.push(`${name} begins`);
      await sleep(ms);
      story.push(`${name} ends`);
      return performance.now();
    });
  const [first, second] = await Promise.all([
    piece("acme", "one", 80),
    piece("acme", "two", 10),
    piece("globex", "other", 10),
  ]);
  expect(story).toEqual(["one begins", "other begins", "other ends", "one ends", "two begins", "two ends"]);
  expect(second - first).toBeGreaterThan(3 * 80);
});

test("a piece that fails frees the turn of the next", async () => {
  const turns = new TenantTurns();
  const failed = turns.take("acme", () => Promise.reject(new Error("no database")));
  const next = turns.take("acme", () => Promise.resolve("done"));
  await expect(failed).rejects.toThrow("no database");
  expect(await next).toBe("done");
});
