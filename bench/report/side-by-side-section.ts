import { median, quantile } from "../quantile.js";
import type { RunCost } from "../run-cost.js";
import type { Arrivals } from "../side-by-side/measure-arrivals.js";
import type { FloorRound } from "../side-by-side/measure-floor.js";
import type { Round } from "../side-by-side/measure-round.js";
import { WIDTH, WIDTHS } from "../side-by-side/plan.js";
import type { SideBySide } from "../side-by-side/side-by-side.js";
import { bars } from "./bars.js";
import { figureOf, shown } from "./figure.js";
import type { Figure, Section, Table } from "./section.js";
import { sideBySideRatios } from "./side-by-side-ratios.js";

export function sideBySideSection(measured: SideBySide): Section {
  const { rounds, floor, plan, costs } = measured;
  return {
    name: "side-by-side",
    title: "Side by side",
    tables: [latencies(rounds, floor), work(rounds, floor), arrivals(measured), runCosts(costs)],
    plots: plots(rounds, floor),
    ratios: sideBySideRatios(measured),
    notes: [
      `${plan.rounds} rounds in turn after one that does not count, each system with an API and a worker of its own on the same engines.`,
      `In flight means sent and not yet done: the next of a loop's ${plan.orders} orders goes out when one is done, so the rates are sustained and no backlog grows. Repeats are in flight until they are answered.`,
      "An order counts as done when the providers have seen its authorization, its shipment request and its confirmation email; for Idem that is later than `confirmed`, and its order database, fingerprint, ledger and events are included.",
      "The floor's empty workflows are 30 in flight until their results are read, which costs the server one more call.",
      "Billable actions exclude the timer of the deadline that Idem's run sets for the wait after `confirmed`.",
      "DBOS and Restate accept their orders in a single process. The saga's worker has the SDK's defaults, gzip to the server among them; Idem compresses nothing over loopback.",
      `Samples of a round: ${plan.orders} of each loop, ${plan.lone} lone orders, ${plan.repeats} repeats; ${plan.burst.perSecond * plan.burst.seconds} of a burst. A p99.9 of fewer than a thousand samples, or a p99 of fewer than a hundred, is their maximum.`,
      "Open loop: latency counts from the moment a request was due. Spread: lowest and highest round.",
      "CPU is read from the system's process table; the stub providers and the load run in a process that counts for no system.",
      "Orders wait for their shipment while later rounds run, and Idem's provider poller polls them after a minute: a load that the others do not have.",
    ],
    figures: { ...measured, rounds: Object.fromEntries(Object.entries(rounds).map(([k, all]) => [k, all.map(brief)])) },
  };
}

function brief({ acks, perSecond, lone, replays, cpuMs, rssMiB }: Round) {
  const of = (samples: readonly number[]) => ({
    p50: quantile(samples, 0.5),
    p99: quantile(samples, 0.99),
    p999: quantile(samples, 0.999),
  });
  const ackOf = Object.fromEntries(Object.entries(acks).map(([width, samples]) => [width, of(samples)]));
  return { acks: ackOf, perSecond, lone: of(lone), replays: of(replays), cpuMs, rssMiB };
}

function overRounds<T>(rounds: readonly T[], figure: (round: T) => number): Figure {
  return figureOf(rounds.map(figure));
}

function latencies(rounds: Record<string, Round[]>, floor: readonly FloorRound[]): Table {
  const quantiles = [0.5, 0.99, 0.999];
  const cells = (all: number[][]) => quantiles.map((q) => shown(figureOf(all.map((samples) => quantile(samples, q)))));
  return {
    caption: "Latency, ms",
    columns: ["what", "p50", "p99", "p99.9"],
    rows: [
      ...Object.entries(rounds).flatMap(([name, all]) => [
        ...WIDTHS.map((width) => [
          `${name}: acknowledgement, ${width} in flight`,
          ...cells(all.map(({ acks }) => acks[width] ?? [])),
        ]),
        [`${name}: a lone order done`, ...cells(all.map(({ lone }) => lone))],
        [`${name}: a repeat, ${WIDTH} in flight`, ...cells(all.map(({ replays }) => replays))],
      ]),
      ["floor: start of an empty workflow", ...cells(floor.map(({ emptyAcks }) => emptyAcks))],
      ["floor: a POST that does nothing", ...cells(floor.map(({ nothingAcks }) => nothingAcks))],
    ],
  };
}

function work(rounds: Record<string, Round[]>, floor: readonly FloorRound[]): Table {
  const roles = ["temporal", "postgres", "api", "worker"];
  return {
    caption: `Work at ${WIDTH} in flight: orders per second, CPU ms per order, memory MiB`,
    columns: ["what", "orders/s", ...roles.map((role) => `CPU ${role}`), ...roles.map((role) => `RSS ${role}`)],
    rows: [
      ...Object.entries(rounds).map(([name, all]) => [
        name,
        shown(overRounds(all, ({ perSecond }) => perSecond)),
        ...roles.map((role) => median(all.map(({ cpuMs }) => cpuMs[role] ?? 0)).toFixed(1)),
        ...roles.map((role) => median(all.map(({ rssMiB }) => rssMiB[role] ?? 0)).toFixed(0)),
      ]),
      ["floor: empty workflows", shown(overRounds(floor, ({ emptyPerSecond }) => emptyPerSecond))],
    ].map((row) => [...row, ...Array.from({ length: 10 - row.length }, () => "")]),
  };
}

function arrivals({ bursts, steady, sagaArrivals }: SideBySide): Table {
  const row = (what: string, all: readonly Arrivals[]) => [
    what,
    (all[0]?.perSecond ?? Number.NaN).toFixed(1),
    (all[0]?.seconds ?? Number.NaN).toFixed(0),
    ...[0.5, 0.99, 0.999].map((q) => shown(overRounds(all, ({ acks }) => quantile(acks, q)))),
    shown(overRounds(all, ({ drainedInMs }) => drainedInMs / 1000)),
  ];
  return {
    caption: "Arrivals at a fixed rate (open loop)",
    columns: ["what", "orders/s", "for s", "ack p50 ms", "p99", "p99.9", "all done after, s"],
    rows: [
      row("Idem, a burst", bursts),
      row("Idem, four fifths of its sustained rate", [steady]),
      row("plain saga, its sustained rate", sagaArrivals),
    ],
  };
}

function runCosts({ idem, saga }: SideBySide["costs"]): Table {
  const row = (what: string, { events, workflowTasks, actions }: RunCost) => [
    what,
    ...[events, workflowTasks, actions].map(String),
  ];
  return {
    caption: "What a run costs Temporal until its order is confirmed",
    columns: ["", "history events", "workflow tasks", "billable actions"],
    rows: [row("Idem", idem), row("plain saga", saga)],
  };
}

function plots(rounds: Record<string, Round[]>, floor: readonly FloorRound[]): Section["plots"] {
  const rates = [
    ...Object.entries(rounds).map(([label, all]) => ({ label, figure: overRounds(all, (round) => round.perSecond) })),
    { label: "empty workflows", figure: overRounds(floor, (round) => round.emptyPerSecond) },
  ];
  const acks = Object.entries(rounds).map(([label, all]) => ({
    label,
    figure: overRounds(all, (round) => quantile(round.acks[WIDTH] ?? [], 0.5)),
  }));
  const title = `Acknowledgement p50 at ${WIDTH} in flight`;
  return [
    { name: "throughput", caption: "Orders per second", svg: bars("Orders done per second", "/s", rates) },
    { name: "acknowledgement", caption: title, svg: bars(title, "ms", acks) },
  ];
}
