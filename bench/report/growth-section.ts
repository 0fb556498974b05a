import { type Growth, SMALL_BOOK, type Which } from "../growth.js";
import { WIDTH } from "../growth-slice.js";
import { PATHS, type Path } from "../load/reads.js";
import { figureOf, ratioOf, shown } from "./figure.js";
import type { Section, Table } from "./section.js";

/** A growing book, as the report tells it. */
export function growthSection(measured: Growth): Section {
  const { options, rounds } = measured;
  const millions = options.orders.toLocaleString("en");
  return {
    name: "growth",
    title: `A book of ${millions} orders`,
    tables: [latencies(measured), audits(measured), sizes(measured)],
    plots: [],
    ratios: { ackP99Growth: ratioOf("ackP99Growth", grown(rounds, "POST", "p99")) },
    notes: [
      `Two services, each with engines, API and worker of its own, by turns every few seconds, in ${rounds.length} rounds of ${options.posts} requests for each line at ${WIDTH} in flight: POSTs while the worker carries them out, and once that is done replays and reads.`,
      "Filled by INSERT with what a run leaves of a completed order: 11 events, 3 steps, a shipment, 2 entries in the ledger, 2 mails, 4 providers' events.",
      "Reads of the full book go all over it; replays are of orders just placed.",
      "The audit looks at every order, so within 1.5x can only be said of its time for one. Timed is its reading of the book; besides, it asks the payment provider for each hundred payments and the warehouse for each shipment.",
    ],
    figures: measured,
  };
}

function grown(rounds: Growth["rounds"], path: Path, q: "p50" | "p99"): number[] {
  return rounds.map(({ empty, full }) => full[path][q] / empty[path][q]);
}

function latencies({ rounds, options }: Growth): Table {
  const of = (book: Which, path: Path, q: "p50" | "p99") =>
    shown(figureOf(rounds.map((round) => round[book][path][q])));
  return {
    caption: `Latency of an empty book and one of ${options.orders.toLocaleString("en")} orders, ms`,
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
    caption: "The audit's reading of the book",
    columns: ["orders", "ms for 1,000 orders", `against ${SMALL_BOOK.toLocaleString("en")}`],
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
    caption: "Tables and indexes of the full book",
    columns: ["relation", "MiB", "bytes an order"],
    rows: [
      row("all tables", sum(false)),
      row("all indexes", sum(true)),
      ...relations.map(({ name, index, bytes }) => row(index ? `index ${name}` : name, bytes)),
    ],
  };
}
