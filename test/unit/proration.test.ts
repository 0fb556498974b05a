import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Allocation } from "../../src/domain/allocation.js";
import type { Adjustment, Line } from "../../src/domain/order-request.js";
import { prorate, spreadOver } from "../../src/domain/proration.js";

const line = (quantity: number, unitPrice: number): Line => ({ sku: "MUG-1", quantity, unitPrice });
const adjust = (amount: number): Adjustment => ({
  kind: amount < 0 ? "discount" : "shipping",
  label: "adjustment",
  amount,
});

/** Shipments by the quantities that each takes of each line. */
function shipments(...taken: number[][]): Allocation[] {
  return taken.map((quantities, at) => ({
    warehouse: `w${at}`,
    pieces: quantities.flatMap((quantity, index) => (quantity > 0 ? [{ line: index, sku: "MUG-1", quantity }] : [])),
  }));
}

describe("a shipment's share", () => {
  test("is the total when it is the only one", () => {
    expect(prorate([line(2, 1250)], [adjust(490), adjust(-500)], shipments([2]))).toEqual([2490]);
  });

  test("is its lines and its part of the adjustments by line value", () => {
    expect(prorate([line(1, 3000), line(1, 1000)], [adjust(400)], shipments([1, 0], [0, 1]))).toEqual([3300, 1100]);
    expect(prorate([line(1, 3000), line(1, 1000)], [adjust(-400)], shipments([1, 0], [0, 1]))).toEqual([2700, 900]);
  });

  test("splits the value of a line that ships from two warehouses", () => {
    expect(prorate([line(5, 100)], [], shipments([2], [3]))).toEqual([200, 300]);
  });

  test("rounds by the largest remainder, and in line order among equals", () => {
    expect(prorate([line(1, 100), line(1, 100), line(1, 100)], [adjust(100)], shipments([0, 0, 1], [1, 1, 0]))).toEqual(
      [133, 267],
    );
    expect(
      prorate([line(1, 100), line(1, 100), line(1, 100)], [adjust(-100)], shipments([0, 0, 1], [1, 1, 0])),
    ).toEqual([67, 133]);
    expect(prorate([line(1, 100), line(1, 199)], [adjust(2)], shipments([1, 0], [0, 1]))).toEqual([101, 200]);
  });

  test("goes by quantity when every line is free", () => {
    expect(prorate([line(3, 0), line(1, 0)], [adjust(400)], shipments([3, 0], [0, 1]))).toEqual([300, 100]);
    expect(prorate([line(3, 0), line(1, 0)], [], shipments([3, 0], [0, 1]))).toEqual([0, 0]);
  });

  test("is nothing for a free line beside others that are not", () => {
    expect(prorate([line(3, 0), line(1, 1000)], [adjust(400)], shipments([3, 0], [0, 1]))).toEqual([0, 1400]);
  });

  test("is exact where the lines are worth more than 2^53 and discounts bring the total below", () => {
    const discounts = Array.from({ length: 12 }, () => adjust(-8 * 10 ** 15));
    const split = shipments([50_000, 0], [50_000, 0], [0, 3]);
    expect(prorate([line(100_000, 10 ** 12), line(3, 0)], discounts, split)).toEqual([2 * 10 ** 15, 2 * 10 ** 15, 0]);
    // The odd unit of the discount falls on the first half, so the second keeps one more.
    const odd = [...discounts, adjust(-1)];
    expect(prorate([line(100_000, 10 ** 12), line(3, 0)], odd, split)).toEqual([2 * 10 ** 15 - 1, 2 * 10 ** 15, 0]);
  });

  test("is never negative, and all of them are the order's total", () => {
    const piece = fc.record({
      price: fc.oneof(fc.nat(3), fc.nat(10 ** 12)),
      quantities: fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }),
    });
    const given = fc.array(piece, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        given,
        fc.array(fc.nat(10_000), { maxLength: 3 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (pieces, extra, rebate) => {
          const lines = pieces.map(({ price, quantities }) =>
            line(
              quantities.reduce((sum, one) => sum + one, 0),
              price,
            ),
          );
          const worth = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
          const adjustments = [...extra.map(adjust), adjust(-Math.floor(worth * rebate))];
          const total = worth + adjustments.reduce((sum, { amount }) => sum + amount, 0);
          const taken = [0, 1, 2].map((at) => pieces.map(({ quantities }) => quantities[at] ?? 0));
          fc.pre(lines.every(({ quantity }) => quantity > 0) && total >= 0);
          const shares = prorate(lines, adjustments, shipments(...taken));
          expect(shares.filter((share) => share < 0)).toEqual([]);
          expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total);
        },
      ),
    );
  });
});

describe("an amount that is spread", () => {
  test("is all there, and each part is within one of its exact portion", () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 18n }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), weights, (amount, by) => {
        const sum = by.reduce((all, weight) => all + weight, 0n);
        fc.pre(sum > 0n);
        const parts = spreadOver(amount, by);
        expect(parts.reduce((all, part) => all + part, 0n)).toBe(amount);
        const off = parts.filter((part, at) => {
          const distance = part * sum - amount * (by[at] ?? 0n);
          return distance >= sum || distance <= -sum;
        });
        expect(off).toEqual([]);
        expect(parts.filter((part, at) => by[at] === 0n && part !== 0n)).toEqual([]);
      }),
    );
  });

  test("is nothing where nothing weighs", () => {
    expect(spreadOver(5n, [0n, 0n])).toEqual([0n, 0n]);
    expect(spreadOver(5n, [])).toEqual([]);
  });
});
