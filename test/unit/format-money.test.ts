import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatMoney } from "../../src/domain/format-money.js";

/** ISO 4217, list one: what has other than two decimals. */
const DECIMALS: Record<string, string[]> = {
  "0": "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" "),
  "3": "BHD IQD JOD KWD LYD OMR TND".split(" "),
  "4": "CLF UYW".split(" "),
};
const TWO = "EUR USD GBP CHF HUF COP IDR PKR RSD LBP TZS MGA ALL AFN".split(" ");

function decimalsOf(currency: string): number {
  const found = Object.keys(DECIMALS).find((decimals) => DECIMALS[decimals]?.includes(currency));
  return Number(found ?? 2);
}

describe("money", () => {
  test.each([
    [2500, "EUR", "EUR 25.00"],
    [5, "EUR", "EUR 0.05"],
    [0, "EUR", "EUR 0.00"],
    [-1, "EUR", "EUR -0.01"],
    [-123_456, "EUR", "EUR -1234.56"],
    [2500, "JPY", "JPY 2500"],
    [0, "JPY", "JPY 0"],
    [2500, "KWD", "KWD 2.500"],
    [-5, "KWD", "KWD -0.005"],
    [2500, "ISK", "ISK 2500"],
    [2500, "HUF", "HUF 25.00"],
    [2500, "IQD", "IQD 2.500"],
    [Number.MAX_SAFE_INTEGER, "EUR", "EUR 90071992547409.91"],
  ])("%d in minor units of %s reads %s", (amount, currency, read) => {
    expect(formatMoney(amount, currency)).toBe(read);
  });

  test.each([...Object.values(DECIMALS).flat(), ...TWO])("has the decimals of ISO 4217 in %s", (currency) => {
    const decimals = decimalsOf(currency);
    expect(formatMoney(10 ** decimals, currency)).toBe(
      `${currency} 1${decimals > 0 ? "." : ""}${"0".repeat(decimals)}`,
    );
  });

  test("loses no unit and gains none", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom("EUR", "JPY", "KWD", "CLF"), (amount, currency) => {
        const [, number = ""] = formatMoney(amount, currency).split(" ");
        expect(BigInt(number.replace(".", ""))).toBe(BigInt(amount));
      }),
    );
  });
});
