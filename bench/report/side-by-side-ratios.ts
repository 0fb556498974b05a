import { median, quantile } from "../quantile.js";
import type { Arrivals } from "../side-by-side/measure-arrivals.js";
import type { Round } from "../side-by-side/measure-round.js";
import { WIDTH } from "../side-by-side/plan.js";
import type { SideBySide } from "../side-by-side/side-by-side.js";
import { type GoalName, ratioOf } from "./figure.js";
import type { Ratio } from "./section.js";

type Rounds = SideBySide["rounds"];

/** The figures with goals: each round of Idem against the same round of another system. */
export function sideBySideRatios(measured: SideBySide): Record<string, Ratio> {
  const { rounds } = measured;
  const found = new Map<GoalName, number[]>([
    ["throughputVsPlainSaga", against(rounds, "plain saga", perSecond)],
    ["throughputVsFloor", throughputVsFloor(measured)],
    ["ackP50VsPlainSaga", against(rounds, "plain saga", ackP50)],
    ["burstAckP99VsPlainSaga", burstVsPlainSaga(measured)],
    ["confirmedP50VsPlainSaga", against(rounds, "plain saga", ({ lone }) => median(lone))],
    ["actionsVsPlainSaga", [measured.costs.idem.actions / measured.costs.saga.actions]],
  ]);
  if (rounds["DBOS"]) {
    found.set("throughputVsDbos", against(rounds, "DBOS", perSecond));
    found.set("ackP50VsDbos", against(rounds, "DBOS", ackP50));
  }
  const comparisons = ["DBOS", "Restate"].filter((name) => rounds[name]);
  if (comparisons.length > 0) found.set("replayP50VsPeers", replayVsBest(rounds, comparisons));
  return Object.fromEntries([...found].map(([name, values]) => [name, ratioOf(name, values)]));
}

const perSecond = (round: Round) => round.perSecond;
const ackP50 = ({ acks }: Round) => quantile(acks[WIDTH] ?? [], 0.5);
const replayP50 = ({ replays }: Round) => median(replays);
const ackP99 = (arrivals: Arrivals | undefined) => quantile(arrivals?.acks ?? [], 0.99);

function roundOf(rounds: Rounds, name: string, index: number): Round {
  const round = rounds[name]?.[index];
  if (!round) throw new Error(`${name} was not measured in round ${index + 1}`);
  return round;
}

function against(rounds: Rounds, name: string, figure: (round: Round) => number): number[] {
  return (rounds["Idem"] ?? []).map((round, index) => figure(round) / figure(roundOf(rounds, name, index)));
}

function throughputVsFloor({ rounds, floor }: SideBySide): number[] {
  return (rounds["Idem"] ?? []).map((round, index) => round.perSecond / (floor[index]?.emptyPerSecond ?? Number.NaN));
}

function burstVsPlainSaga({ bursts, sagaArrivals }: SideBySide): number[] {
  return bursts.map((burst, index) => ackP99(burst) / ackP99(sagaArrivals[index]));
}

/** Against whichever of the others is faster in a round. */
function replayVsBest(rounds: Rounds, others: readonly string[]): number[] {
  return (rounds["Idem"] ?? []).map(
    (round, index) => replayP50(round) / Math.min(...others.map((name) => replayP50(roundOf(rounds, name, index)))),
  );
}
