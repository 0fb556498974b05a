import { median } from "../quantile.js";
import type { Figure, Ratio } from "./section.js";

/** The goals of the bench by the name of their figure. */
export const GOALS = {
  throughputVsPlainSaga: { goal: 2.1, better: "more" },
  throughputVsFloor: { goal: 1.2, better: "more" },
  throughputVsDbos: { goal: 0.6, better: "more" },
  ackP50VsPlainSaga: { goal: 0.1, better: "less" },
  ackP50VsDbos: { goal: 0.4, better: "less" },
  burstAckP99VsPlainSaga: { goal: 0.5, better: "less" },
  replayP50VsPeers: { goal: 0.8, better: "less" },
  confirmedP50VsPlainSaga: { goal: 0.45, better: "less" },
  actionsVsPlainSaga: { goal: 0.5, better: "less" },
  wholeLifeVsPlainSaga: { goal: 1.8, better: "more" },
  wholeLifeCpuVsPlainSaga: { goal: 0.6, better: "less" },
  wholeLifeCpuMs: { goal: 65, better: "less" },
  wholeLifeTransactions: { goal: 22, better: "less" },
  wholeLifeActions: { goal: 9, better: "less" },
  ackP99Growth: { goal: 1.5, better: "less" },
  noisyNeighbourP99: { goal: 2, better: "less" },
} as const;

export type GoalName = keyof typeof GOALS;

export function figureOf(rounds: readonly number[]): Figure {
  return { value: median(rounds), low: Math.min(...rounds), high: Math.max(...rounds) };
}

export function ratioOf(name: GoalName, rounds: readonly number[]): Ratio {
  return { ...figureOf(rounds), goal: GOALS[name].goal };
}

/** Whether a figure is within a bound, on the side that is better. */
export function keeps(name: GoalName, value: number, bound: number): boolean {
  return GOALS[name].better === "more" ? value >= bound : value <= bound;
}

export function shown({ value, low, high }: Figure, digits = 1): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}
