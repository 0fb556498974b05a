import { type Growth, SMALL_DATABASE, type Which } from "../growth.js";
import { WIDTH } from "../growth-slice.js";
import { PATHS, type Path } from "../load/reads.js";
import { figureOf, ratioOf, shown } from "./figure.js";
import type { Section, Table } from "./section.js";

/** A large order database beside an empty one. */
export function growthSection(measured: Growth): Section {
  const { options, rounds } = measured;
  const count = options.orders.toLocaleString("en");
  return {
    name: "growth",
    title: `An order database of ${count} orders`,
    tables: [latencies(measured), audits(measured), sizes(measured)],
    plots: [],
    ratios: { ackP99Growth: ratioOf("ackP99Growth", grown(rounds, "POST", "p99")) },
    notes: [
      `Two services, each with engines, API and worker of its own, in turn every few seconds, in ${rounds.length} rounds of ${options.posts} requests for each line at ${WIDTH} in flight: POSTs while the worker carries them out, and once that is done replays and reads.`,
      "Filled by INSERT with what a run leaves of a completed order: 11 events, 3 operations, a shipment, 2 ledger entries, 2 emails, 4 provider events.",
      "Reads go all over the full database; replays repeat orders that were just placed.",
      "The audit reads every order, so its time is given per order. Timed is what it reads from the database; besides, it sends the payment provider a request for each hundred payments and the warehouse one for each shipment.",
    ],
    figures: measured,
  };
}

function grown(rounds: Growth["rounds"], path: Path, q: "p50" | "p99"): number[] {
  return rounds.map(({ empty, full }) => full[path][q] / empty[path][q]);
}

function latencies({ rounds, options }: Growth): Table {
  const of = (which: Which, path: Path, q: "p50" | "p99") =>
    shown(figureOf(rounds.map((round) => round[which][path][q])));
  return {
    caption: `Latency with an empty database and with ${options.orders.toLocaleString("en")} orders, ms`,
    columns: ["", "empty p50", "full p50", "ratio", "empty p99", "full p99", "ratio"],
    rows: PATHS.map((path) => [
      path,
      ...(["p50", "p99"] as const).flatMap((q) => [
        of("empty", path, q),
        of("full", path, q),
        shown(figureOf(grown(rounds, path, q)), 2),
      ]),
    ]),
  };
}

function audits({ audit }: Growth): Table {
  return {
    caption: "What the audit reads",
    columns: ["orders", "ms for 1,000 orders", `against ${SMALL_DATABASE.toLocaleString("en")}`],
    rows: [audit.small, audit.full].map(({ orders, msPerThousand }) => [
      orders.toLocaleString("en"),
      msPerThousand.toFixed(1),
      (msPerThousand / audit.small.msPerThousand).toFixed(2),
    ]),
  };
}

function sizes({ relations, options }: Growth): Table {
  const row = (name: string, bytes: number) => [
    name,
    (bytes / 2 ** 20).toFixed(0),
    (bytes / options.orders).toFixed(0),
  ];
  const sum = (index: boolean) =>
    relations.filter((relation) => relation.index === index).reduce((total, { bytes }) => total + bytes, 0);
  return {
    caption: "Tables and indexes of the full database",
    columns: ["relation", "MiB", "bytes an order"],
    rows: [
      row("all tables", sum(false)),
      row("all indexes", sum(true)),
      ...relations.map(({ name, index, bytes }) => row(index ? `index ${name}` : name, bytes)),
    ],
  };
}
