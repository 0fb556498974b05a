import { type LoneRound, type OrderShapes, type ShapesRound, type ShelfRound, WIDTH } from "../order-shapes.js";
import { quantile } from "../quantile.js";
import { figureOf, shown } from "./figure.js";
import type { Section } from "./section.js";

/** Articles and lines of an order, as the report tells of them. */
export function orderShapesSection({ options, rounds }: OrderShapes): Section {
  const over = (figure: (round: ShapesRound) => number, digits = 1) => shown(figureOf(rounds.map(figure)), digits);
  const shelf = (what: string, of: (round: ShapesRound) => ShelfRound) => [
    what,
    over((round) => of(round).perSecond),
    over((round) => of(round).perSecond / round.manyShelves.perSecond, 2),
    `${rounds.reduce((sum, round) => sum + of(round).durable, 0)} of ${rounds.length * options.orders}`,
  ];
  const lone = (what: string, of: (round: ShapesRound) => LoneRound) => [
    what,
    ...(["acks", "done"] as const).flatMap((name) =>
      [0.5, 0.99].map((q) => over((round) => quantile(of(round)[name], q))),
    ),
  ];
  return {
    name: "order-shapes",
    title: "A hot article, and an order of a hundred lines",
    tables: [
      {
        caption: `Orders done per second, ${WIDTH} in flight`,
        columns: ["", "orders/s", "against a hundred shelves", "stock taken by an activity of its own"],
        rows: [
          shelf("all of one article", ({ oneShelf }) => oneShelf),
          shelf("of a hundred articles in turn", ({ manyShelves }) => manyShelves),
        ],
      },
      {
        caption: "Orders one after the other, ms",
        columns: ["", "acknowledged p50", "p99", "done p50", "p99"],
        rows: [
          lone("an order of one line", ({ oneLine }) => oneLine),
          lone("an order of a hundred lines", ({ manyLines }) => manyLines),
        ],
      },
    ],
    plots: [],
    ratios: {},
    notes: [
      `${rounds.length} rounds by turns on one service: ${options.orders} orders of a closed loop for each kind of shelf, 20 lone orders for each length.`,
      "An order is done when it is charged, its shipment requested and its mail sent. Its stock is taken inline; what has not come to an end there within half a second, or found its units gone ten times over, goes on as an activity, which the last column counts.",
    ],
    figures: { options, rounds },
  };
}
