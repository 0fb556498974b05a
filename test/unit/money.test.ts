import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sumOf, toAmount } from "../../src/domain/money.js";

const line = (quantity: number, unitPrice: number) => ({ sku: "MUG-1", quantity, unitPrice });
const adjustment = (kind: "shipping" | "tax" | "discount", amount: number) => ({ kind, label: kind, amount });

describe("a sum", () => {
  test("is that of quantity x unit price and the adjustments", () => {
    expect(sumOf([])).toBe(0n);
    expect(sumOf([line(2, 1250), line(1, 99)])).toBe(2599n);
    expect(sumOf([line(2, 1250)], [adjustment("shipping", 490), adjustment("discount", -500)])).toBe(2490n);
    expect(sumOf([line(1, 100)], [adjustment("discount", -300)])).toBe(-200n);
  });

  test("is exact beyond 2^53", () => {
    expect(sumOf([line(1_000_000, 10 ** 12)])).toBe(1_000_000_000_000_000_000n);
    expect(sumOf([line(1_000_000, 10 ** 12), line(1, 1)])).toBe(1_000_000_000_000_000_001n);
    expect(sumOf(Array.from({ length: 100 }, () => line(1_000_000, 10 ** 12)))).toBe(100_000_000_000_000_000_000n);
    // 3 x 3,002,399,751,580,331 is 2^53 + 1, which no double can be.
    expect(sumOf([line(3, 3_002_399_751_580_331)])).toBe(9_007_199_254_740_993n);
    expect(sumOf([], [adjustment("tax", Number.MAX_SAFE_INTEGER), adjustment("tax", 2)])).toBe(9_007_199_254_740_993n);
  });

  test("does not depend on the order of the lines", () => {
    const lines = fc.array(fc.record({ sku: fc.string(), quantity: fc.nat(1_000_000), unitPrice: fc.maxSafeNat() }));
    fc.assert(
      fc.property(lines, lines, (some, others) => {
        expect(sumOf([...some, ...others])).toBe(sumOf(others) + sumOf(some));
        expect(sumOf(some.toReversed())).toBe(sumOf(some));
      }),
    );
  });

  test("is not made of fractions", () => {
    expect(() => sumOf([line(1, 0.5)])).toThrow(RangeError);
  });
});

describe("a stored amount", () => {
  test("is the number it was, as text, as a number and as a bigint", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (amount) => {
        expect(toAmount(amount)).toBe(amount);
        expect(toAmount(String(amount))).toBe(amount);
        expect(toAmount(BigInt(amount))).toBe(amount === 0 ? 0 : amount);
      }),
    );
  });

  test.each([9_007_199_254_740_992n, -9_007_199_254_740_992n, 9_007_199_254_740_993n, 2n ** 63n - 1n])(
    "beyond 2^53-1 is refused: %s",
    (amount) => {
      expect(() => toAmount(amount)).toThrow("an amount beyond 2^53-1");
      expect(() => toAmount(String(amount))).toThrow("an amount beyond 2^53-1");
      expect(() => toAmount(Number(amount))).toThrow("an amount beyond 2^53-1");
    },
  );

  test.each(["1.5", "NaN", "Infinity", "12 EUR"])("that is no integer is refused: %s", (stored) => {
    expect(() => toAmount(stored)).toThrow(RangeError);
  });
});
