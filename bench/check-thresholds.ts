import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type GoalName, keeps } from "./report/figure.js";
import type { Ratio } from "./report/section.js";

const THRESHOLDS = fileURLToPath(new URL("../../bench/thresholds.json", import.meta.url));
const UNMEASURED: Ratio = { value: Number.NaN, low: Number.NaN, high: Number.NaN, goal: Number.NaN };

/**
 * Whether the median of every ratio is within its threshold; prints those that are not. With `all` a threshold whose
 * ratio was not measured is broken, too.
 */
export function checkThresholds(ratios: Readonly<Record<string, Ratio>>, { all }: { all: boolean }): boolean {
  const thresholds = JSON.parse(readFileSync(THRESHOLDS, "utf8")) as Record<GoalName, number>;
  const broken = (Object.entries(thresholds) as [GoalName, number][]).filter(
    ([name, threshold]) => (all || ratios[name]) && !keeps(name, (ratios[name] ?? UNMEASURED).value, threshold),
  );
  for (const [name, threshold] of broken) {
    const { value, low, high } = ratios[name] ?? UNMEASURED;
    process.stdout.write(
      `${name} is ${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}), its threshold is ${threshold}\n`,
    );
  }
  return broken.length === 0;
}
