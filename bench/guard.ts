import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type GoalName, keeps } from "./report/figure.js";
import type { Ratio } from "./report/section.js";

const FLOORS = fileURLToPath(new URL("../../bench/floors.json", import.meta.url));

/** Whether every ratio with a floor keeps it; its best round decides, so that a noisy moment accuses nobody. */
export function guard(ratios: Readonly<Record<string, Ratio>>): boolean {
  const floors = JSON.parse(readFileSync(FLOORS, "utf8")) as Record<GoalName, number>;
  const broken = (Object.entries(floors) as [GoalName, number][]).filter(([name, floor]) => {
    const ratio = ratios[name];
    return !ratio || !(keeps(name, ratio.low, floor) || keeps(name, ratio.high, floor));
  });
  for (const [name, floor] of broken) {
    const { value, low, high } = ratios[name] ?? { value: Number.NaN, low: Number.NaN, high: Number.NaN };
    process.stdout.write(`${name} is ${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}), floor ${floor}\n`);
  }
  return broken.length === 0;
}
