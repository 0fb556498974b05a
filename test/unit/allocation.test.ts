import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate, type Allocation, type Availability, lackOf } from "../../src/domain/allocation.js";

type Shelves = Record<string, Record<string, number>>;

function freeIn(shelves: Shelves): Availability {
  return new Map(Object.entries(shelves).map(([name, shelf]) => [name, new Map(Object.entries(shelf))]));
}

const line = (sku: string, quantity: number) => ({ sku, quantity });
const namesOf = (allocations: Allocation[] | null) => allocations?.map(({ warehouse }) => warehouse) ?? null;

const SKUS = ["CUP-1", "MUG-1", "TEE-1"];
const shelf = fc.dictionary(fc.constantFrom(...SKUS), fc.nat(6), { noNullPrototype: true });
const shelves = fc.dictionary(fc.constantFrom("east", "main", "north", "west"), shelf, { noNullPrototype: true });
const lines = fc.array(fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 6 }) }), {
  minLength: 1,
  maxLength: 5,
});

function neededOf(asked: { sku: string; quantity: number }[], sku: string): number {
  return asked.filter((one) => one.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0);
}

function holdAll(names: string[], asked: { sku: string; quantity: number }[], stock: Shelves): boolean {
  return SKUS.every((sku) => names.reduce((sum, name) => sum + (stock[name]?.[sku] ?? 0), 0) >= neededOf(asked, sku));
}

/** The fewest warehouses that hold everything, by trying all choices; null when none do. */
function fewest(asked: { sku: string; quantity: number }[], stock: Shelves): number | null {
  const names = Object.keys(stock);
  const choices = Array.from({ length: 2 ** names.length }, (_, bits) => names.filter((_name, at) => (bits >> at) & 1));
  const sizes = choices.filter((chosen) => holdAll(chosen, asked, stock)).map((chosen) => chosen.length);
  return sizes.length === 0 ? null : Math.min(...sizes);
}

describe("what lines lack", () => {
  test("is the first SKU that no warehouse knows, else the first of which all together have too little", () => {
    const stock = freeIn({ main: { "MUG-1": 2, "TEE-1": 0 }, north: { "MUG-1": 1 } });
    expect(lackOf([line("TEE-1", 1), line("CUP-1", 1)], stock)).toEqual({ sku: "CUP-1", isKnown: false });
    expect(lackOf([line("MUG-1", 2), line("TEE-1", 1), line("MUG-1", 2)], stock)).toEqual({
      sku: "MUG-1",
      isKnown: true,
    });
    expect(lackOf([line("MUG-1", 3), line("TEE-1", 1)], stock)).toEqual({ sku: "TEE-1", isKnown: true });
  });

  test("is always one of them where they cannot be allocated", () => {
    fc.assert(
      fc.property(lines, shelves, (asked, stock) => {
        const free = freeIn(stock);
        fc.pre(allocate(asked, free) === null);
        expect(neededOf(asked, lackOf(asked, free).sku)).toBeGreaterThan(0);
      }),
    );
  });
});

describe("an allocation", () => {
  test("takes all from one warehouse where one holds all, the first by name among such", () => {
    const stock = { north: { "MUG-1": 5, "TEE-1": 5 }, main: { "MUG-1": 9 }, east: { "MUG-1": 2, "TEE-1": 1 } };
    expect(allocate([line("MUG-1", 2), line("TEE-1", 1)], freeIn(stock))).toEqual([
      {
        warehouse: "east",
        pieces: [
          { line: 0, sku: "MUG-1", quantity: 2 },
          { line: 1, sku: "TEE-1", quantity: 1 },
        ],
      },
    ]);
  });

  test("keeps a line whole where one of the chosen holds it whole, and splits it where none does", () => {
    const stock = { main: { "MUG-1": 3 }, north: { "MUG-1": 4, "TEE-1": 1 } };
    expect(allocate([line("TEE-1", 1), line("MUG-1", 4), line("MUG-1", 2)], freeIn(stock))).toEqual([
      { warehouse: "main", pieces: [{ line: 2, sku: "MUG-1", quantity: 2 }] },
      {
        warehouse: "north",
        pieces: [
          { line: 0, sku: "TEE-1", quantity: 1 },
          { line: 1, sku: "MUG-1", quantity: 4 },
        ],
      },
    ]);
    expect(allocate([line("MUG-1", 6)], freeIn(stock))).toEqual([
      { warehouse: "main", pieces: [{ line: 0, sku: "MUG-1", quantity: 3 }] },
      { warehouse: "north", pieces: [{ line: 0, sku: "MUG-1", quantity: 3 }] },
    ]);
  });

  test("is none when a SKU is short by one, unknown, or nowhere", () => {
    expect(allocate([line("MUG-1", 8)], freeIn({ main: { "MUG-1": 3 }, north: { "MUG-1": 4 } }))).toBeNull();
    expect(allocate([line("MUG-1", 1), line("CUP-1", 1)], freeIn({ main: { "MUG-1": 3 } }))).toBeNull();
    expect(allocate([line("MUG-1", 1)], freeIn({}))).toBeNull();
  });

  test("counts what several lines want of one SKU", () => {
    expect(allocate([line("MUG-1", 2), line("MUG-1", 2)], freeIn({ main: { "MUG-1": 3 } }))).toBeNull();
    expect(namesOf(allocate([line("MUG-1", 2), line("MUG-1", 1)], freeIn({ main: { "MUG-1": 3 } })))).toEqual(["main"]);
  });

  test("exists exactly when the stock suffices, and takes the fewest warehouses", () => {
    fc.assert(
      fc.property(lines, shelves, (asked, stock) => {
        expect(allocate(asked, freeIn(stock))?.length ?? null).toBe(fewest(asked, stock));
      }),
    );
  });

  test("ships every unit of every line once and takes no more than is free", () => {
    fc.assert(
      fc.property(lines, shelves, (asked, stock) => {
        const allocations = allocate(asked, freeIn(stock)) ?? [];
        fc.pre(allocations.length > 0);
        const pieces = allocations.flatMap((one) => one.pieces);
        const shipped = asked.map((_, at) =>
          pieces.filter((piece) => piece.line === at).reduce((sum, { quantity }) => sum + quantity, 0),
        );
        expect(shipped).toEqual(asked.map(({ quantity }) => quantity));
        expect(pieces.filter((piece) => piece.quantity <= 0 || piece.sku !== asked[piece.line]?.sku)).toEqual([]);
        const overdrawn = allocations.filter(({ warehouse, pieces: taken }) =>
          SKUS.some((sku) => neededOf(taken, sku) > (stock[warehouse]?.[sku] ?? 0)),
        );
        expect(overdrawn).toEqual([]);
      }),
    );
  });

  test("does not depend on the order in which the warehouses are known", () => {
    fc.assert(
      fc.property(lines, shelves, (asked, stock) => {
        const turned = Object.fromEntries(Object.entries(stock).toReversed());
        expect(allocate(asked, freeIn(turned))).toEqual(allocate(asked, freeIn(stock)));
      }),
    );
  });

  test("comes in time from hundreds of warehouses", () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [`w${String(at).padStart(3, "0")}`, { "MUG-1": 1 }]),
    );
    const began = performance.now();
    const spread = allocate([line("MUG-1", 300)], freeIn(many));
    expect(spread).toHaveLength(300);
    expect(allocate([line("MUG-1", 301)], freeIn(many))).toBeNull();
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
