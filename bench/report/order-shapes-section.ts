import { type LoneRound, type OrderShapes, type ShapesRound, type StockRound, WIDTH } from "../order-shapes.js";
import { quantile } from "../quantile.js";
import { figureOf, shown } from "./figure.js";
import type { Section, Table } from "./section.js";

/** One SKU beside many, and many lines beside one. */
export function orderShapesSection(measured: OrderShapes): Section {
  const { options, rounds } = measured;
  return {
    name: "order-shapes",
    title: "A hot SKU, and an order of a hundred lines",
    tables: [stock(measured), lines(rounds)],
    plots: [],
    ratios: {},
    notes: [
      `${rounds.length} rounds in turn on one service: ${options.orders} orders of a closed loop for each number of SKUs, 20 lone orders for each number of lines.`,
      "An order is done when it is authorized, requested and confirmed by email. Its stock is reserved inline; what did not succeed within half a second is executed by a durable activity, which the last column counts.",
    ],
    figures: measured,
  };
}

function over(rounds: readonly ShapesRound[], figure: (round: ShapesRound) => number, digits = 1): string {
  return shown(figureOf(rounds.map(figure)), digits);
}

function stock({ options, rounds }: OrderShapes): Table {
  const row = (what: string, of: (round: ShapesRound) => StockRound) => [
    what,
    over(rounds, (round) => of(round).perSecond),
    over(rounds, (round) => of(round).perSecond / round.manySkus.perSecond, 2),
    `${rounds.reduce((sum, round) => sum + of(round).durable, 0)} of ${rounds.length * options.orders}`,
  ];
  return {
    caption: `Orders done per second, ${WIDTH} in flight`,
    columns: ["", "orders/s", "against a hundred SKUs", "stock reserved by a durable activity"],
    rows: [row("all of one SKU", ({ oneSku }) => oneSku), row("of a hundred SKUs in turn", ({ manySkus }) => manySkus)],
  };
}

function lines(rounds: readonly ShapesRound[]): Table {
  const row = (what: string, of: (round: ShapesRound) => LoneRound) => [
    what,
    ...(["acks", "done"] as const).flatMap((name) =>
      [0.5, 0.99].map((q) => over(rounds, (round) => quantile(of(round)[name], q))),
    ),
  ];
  return {
    caption: "Orders one after the other, ms",
    columns: ["", "acknowledged p50", "p99", "done p50", "p99"],
    rows: [
      row("an order of one line", ({ oneLine }) => oneLine),
      row("an order of a hundred lines", ({ manyLines }) => manyLines),
    ],
  };
}
