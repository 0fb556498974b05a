import type { Neighbours } from "../neighbours/neighbours.js";
import { median } from "../quantile.js";
import { GOALS, ratioOf } from "./figure.js";
import type { Section } from "./section.js";

/** A p99 up to here is fast whatever it is compared with, in milliseconds. */
const FAST_MS = 25;
const { goal: GOAL } = GOALS.noisyNeighbourP99;

/** What one tenant's POSTs cost beside each attack of another. */
export function neighboursSection({ plan, attacks }: Neighbours): Section {
  const worst = attacks.map(({ ratio, p99 }) => (p99 <= FAST_MS ? Math.min(ratio, GOAL) : ratio));
  return {
    name: "neighbours",
    title: "One tenant beside another's attack",
    tables: [
      {
        caption: "POST /v1/orders of the other tenant, 40 a second: p50 and p99 in ms, medians of the rounds",
        columns: ["attack", "reached/s", "answers", "alone p50", "p99", "beside p50", "p99", "p99 ratio"],
        rows: attacks.map(({ name, ratio, pairs }) => [
          name,
          median(pairs.map(({ reached }) => reached.perSecond)).toFixed(0),
          Object.entries(pairs[0]?.reached.statuses ?? {})
            .map(([status, share]) => `${status}: ${(share * 100).toFixed(0)} %`)
            .join(", "),
          ...(["alone", "beside"] as const).flatMap((turn) =>
            (["p50", "p99"] as const).map((of) => median(pairs.map((pair) => pair[turn][of])).toFixed(1)),
          ),
          `${ratio.toFixed(2)} (${pairs.map(({ alone, beside }) => (beside.p99 / alone.p99).toFixed(2)).join(", ")})`,
        ]),
      },
    ],
    plots: [],
    ratios: { noisyNeighbourP99: ratioOf("noisyNeighbourP99", [Math.max(...worst)]) },
    notes: [
      `Both tenants within a limit of 100 requests a second; each attack for ${plan.seconds} s at the whole of it, ${plan.rounds} times in turn with ${plan.seconds} s without. The attacker is a process of its own on the same cores.`,
      "Each attack has a service of its own. A turn begins when every order of the one before is confirmed.",
      `noisyNeighbourP99 is the worst attack's ratio; one whose p99 is at most ${FAST_MS} ms counts ${GOAL} at most.`,
      "The attacker's lists go through 120,000 orders, of which 100,000 were purged.",
    ],
    figures: { plan, attacks },
  };
}
