import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate, type Allocation, type Availability } from "../../../src/domain/allocation.js";
import type { Adjustment, Line } from "../../../src/domain/order-request.js";
import { prorate } from "../../../src/domain/proration.js";

/** Allocation and shares together, as an order is split: what each warehouse sends, and what is taken for it (E9). */

type Shelves = Record<string, Record<string, number>>;

const freeIn = (shelves: Shelves): Availability =>
  new Map(Object.entries(shelves).map(([name, shelf]) => [name, new Map(Object.entries(shelf))]));
const line = (sku: string, quantity: number, unitPrice: number): Line => ({ sku, quantity, unitPrice });
const adjust = (amount: number): Adjustment => ({ kind: amount < 0 ? "discount" : "tax", label: "adjustment", amount });
const sum = (amounts: readonly number[]) => amounts.reduce((all, amount) => all + amount, 0);

/** What is taken for each warehouse. */
function split(lines: Line[], adjustments: Adjustment[], shelves: Shelves): Record<string, number> | null {
  const allocations = allocate(lines, freeIn(shelves));
  if (!allocations) return null;
  const shares = prorate(lines, adjustments, allocations);
  return Object.fromEntries(allocations.map(({ warehouse }, at) => [warehouse, shares[at] ?? 0]));
}

describe("an order that is split by its stock", () => {
  const shelves = { east: { CUP: 1, MUG: 2 }, north: { MUG: 3, TEE: 1 }, west: { TEE: 9 } };

  test.each([
    ["from one warehouse takes all there", [line("CUP", 1, 700), line("MUG", 2, 300)], [190], { east: 1_490 }],
    [
      "takes each line's price where it lies",
      [line("CUP", 1, 700), line("TEE", 1, 300)],
      [],
      { east: 700, north: 300 },
    ],
    ["spreads 100 over 700 : 300", [line("CUP", 1, 700), line("TEE", 1, 300)], [100], { east: 770, north: 330 }],
    ["takes 100 off 700 : 300", [line("CUP", 1, 700), line("TEE", 1, 300)], [-100], { east: 630, north: 270 }],
    [
      "gives the odd unit to the larger remainder",
      [line("CUP", 1, 700), line("TEE", 1, 300)],
      [1],
      { east: 701, north: 300 },
    ],
    [
      "gives it to the earlier line among equals",
      [line("TEE", 1, 500), line("CUP", 1, 500)],
      [1],
      { east: 500, north: 501 },
    ],
    [
      "counts adjustments together, not one by one",
      [line("CUP", 1, 500), line("TEE", 1, 500)],
      [3, -2],
      { east: 501, north: 500 },
    ],
    ["splits a line that none holds whole", [line("MUG", 5, 20)], [], { east: 40, north: 60 }],
    [
      "takes from three where no two suffice",
      [line("CUP", 1, 10), line("MUG", 5, 10), line("TEE", 3, 10)],
      [9],
      { east: 33, north: 33, west: 33 },
    ],
    ["takes nothing for a free SKU", [line("CUP", 1, 0), line("TEE", 2, 300)], [60], { east: 0, west: 660 }],
    ["goes by pieces when all is free", [line("CUP", 1, 0), line("TEE", 3, 0)], [400], { east: 100, west: 300 }],
    [
      "takes nothing when all is given away",
      [line("CUP", 1, 700), line("TEE", 1, 300)],
      [-1_000],
      { east: 0, north: 0 },
    ],
  ] as const)("%s", (_what, lines, adjustments, shares) => {
    expect(split([...lines], adjustments.map(adjust), shelves)).toEqual(shares);
  });

  const SKUS = ["CUP", "MUG", "TEE"];
  const shelf = fc.dictionary(fc.constantFrom(...SKUS), fc.nat(8), { noNullPrototype: true });
  const stock = fc.dictionary(fc.constantFrom("east", "main", "north", "west"), shelf, { noNullPrototype: true });
  const asked = fc.array(
    fc.record({
      sku: fc.constantFrom(...SKUS),
      quantity: fc.integer({ min: 1, max: 6 }),
      unitPrice: fc.oneof(fc.nat(2), fc.nat(100_000), fc.nat(10 ** 12)),
    }),
    { minLength: 1, maxLength: 6 },
  );
  const rebate = fc.integer({ min: 0, max: 1_000 });

  test("is paid for to the unit by its shipments, none of which is paid for with less than nothing", () => {
    fc.assert(
      fc.property(asked, stock, fc.nat(10_000), rebate, (lines, shelves, extra, perMille) => {
        const worth = sum(lines.map(({ quantity, unitPrice }) => quantity * unitPrice));
        const adjustments = [adjust(extra), adjust(-Math.floor((worth * perMille) / 1_000))];
        const shares = split(lines, adjustments, shelves);
        fc.pre(shares !== null);
        expect(sum(Object.values(shares ?? {}))).toBe(worth + sum(adjustments.map(({ amount }) => amount)));
        expect(Object.values(shares ?? {}).filter((share) => share < 0)).toEqual([]);
      }),
    );
  });

  test("takes for each shipment just its articles' prices when nothing is adjusted", () => {
    fc.assert(
      fc.property(asked, stock, (lines, shelves) => {
        const allocations = allocate(lines, freeIn(shelves));
        fc.pre(allocations !== null);
        const prices = (allocations ?? []).map(({ pieces }) =>
          sum(pieces.map((piece) => piece.quantity * (lines[piece.line]?.unitPrice ?? 0))),
        );
        expect(prorate(lines, [], allocations ?? [])).toEqual(prices);
      }),
    );
  });

  test("costs the customer the same wherever its stock lies", () => {
    fc.assert(
      fc.property(asked, stock, fc.nat(10_000), (lines, shelves, extra) => {
        const scattered = split(lines, [adjust(extra)], shelves);
        fc.pre(scattered !== null);
        const together = split(lines, [adjust(extra)], { main: Object.fromEntries(SKUS.map((sku) => [sku, 99])) });
        expect(sum(Object.values(scattered ?? {}))).toBe(together?.["main"]);
      }),
    );
  });

  test("keeps every line whole for which the lines before it left enough in one of its warehouses", () => {
    fc.assert(
      fc.property(asked, stock, (lines, shelves) => {
        const allocations = allocate(lines, freeIn(shelves));
        fc.pre(allocations !== null);
        const torn = lines.flatMap((_, at) => (partsOf(allocations ?? [], at).length > 1 ? [at] : []));
        for (const at of torn) {
          const { sku, quantity } = lines[at] ?? line("", 0, 0);
          const free = (allocations ?? []).map(({ warehouse, pieces }) => {
            const before = pieces.filter((piece) => piece.line < at && piece.sku === sku);
            return (shelves[warehouse]?.[sku] ?? 0) - sum(before.map((piece) => piece.quantity));
          });
          expect(Math.max(...free)).toBeLessThan(quantity);
        }
      }),
    );
  });
});

function partsOf(allocations: readonly Allocation[], at: number): number[] {
  return allocations.flatMap(({ pieces }) =>
    pieces.filter((piece) => piece.line === at).map(({ quantity }) => quantity),
  );
}
