import { median, quantile } from "../quantile.js";
import { type Arrivals, type Round, WIDTH } from "../side-by-side.js";
import { ratioOf } from "./figure.js";
import type { Ratio } from "./section.js";
import type { Measured } from "./side-by-side-section.js";

/** What the goals speak of, each of one run: round against the same round. */
export function sideBySideRatios({ rounds, floor, shapes, bursts, sagaArrivals }: Measured): Record<string, Ratio> {
  const idem = rounds["Idem"] ?? [];
  const against = (name: string, figure: (round: Round) => number) =>
    idem.map((round, index) => figure(round) / figure(rounds[name]?.[index] as Round));
  const ack = (round: Round) => quantile(round.acks[WIDTH] ?? [], 0.5);
  const replay = (round: Round) => quantile(round.replays, 0.5);
  const worst = (arrivals: Arrivals | undefined) => quantile(arrivals?.acks ?? [], 0.99);
  const found: Record<string, Ratio> = {
    throughputVsPlainSaga: ratioOf(
      "throughputVsPlainSaga",
      against("plain saga", (round) => round.perSecond),
    ),
    throughputVsFloor: ratioOf(
      "throughputVsFloor",
      idem.map((round, index) => round.perSecond / (floor[index]?.emptyPerSecond ?? Number.NaN)),
    ),
    ackP50VsPlainSaga: ratioOf("ackP50VsPlainSaga", against("plain saga", ack)),
    burstAckP99VsPlainSaga: ratioOf(
      "burstAckP99VsPlainSaga",
      bursts.map((burst, index) => worst(burst) / worst(sagaArrivals[index])),
    ),
    confirmedP50VsPlainSaga: ratioOf(
      "confirmedP50VsPlainSaga",
      against("plain saga", (round) => median(round.lone)),
    ),
    actionsVsPlainSaga: ratioOf("actionsVsPlainSaga", [shapes.idem.actions / shapes.saga.actions]),
  };
  if (rounds["DBOS"]) {
    found["throughputVsDbos"] = ratioOf(
      "throughputVsDbos",
      against("DBOS", (round) => round.perSecond),
    );
    found["ackP50VsDbos"] = ratioOf("ackP50VsDbos", against("DBOS", ack));
  }
  const peers = ["DBOS", "Restate"].filter((name) => rounds[name]);
  if (peers.length > 0) {
    const best = idem.map((_, index) => Math.min(...peers.map((name) => replay(rounds[name]?.[index] as Round))));
    found["replayP50VsPeers"] = ratioOf(
      "replayP50VsPeers",
      idem.map((round, index) => replay(round) / (best[index] ?? Number.NaN)),
    );
  }
  return found;
}
