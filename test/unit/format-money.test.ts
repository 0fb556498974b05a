import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatMoney } from "../../src/providers/email/format-money.js";

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
    [2500, "EUR", "25.00 EUR"],
    [5, "EUR", "0.05 EUR"],
    [0, "EUR", "0.00 EUR"],
    [-1, "EUR", "-0.01 EUR"],
    [-123_456, "EUR", "-1234.56 EUR"],
    [2500, "JPY", "2500 JPY"],
    [0, "JPY", "0 JPY"],
    [2500, "KWD", "2.500 KWD"],
    [-5, "KWD", "-0.005 KWD"],
    [2500, "ISK", "2500 ISK"],
    [2500, "HUF", "25.00 HUF"],
    [2500, "IQD", "2.500 IQD"],
    [Number.MAX_SAFE_INTEGER, "EUR", "90071992547409.91 EUR"],
  ])("%d in minor units of %s reads %s", (amount, currency, read) => {
    expect(formatMoney(amount, currency)).toBe(read);
  });

  test.each([...Object.values(DECIMALS).flat(), ...TWO])("has the decimals of ISO 4217 in %s", (currency) => {
    const decimals = decimalsOf(currency);
    expect(formatMoney(10 ** decimals, currency)).toBe(
      `1${decimals > 0 ? "." : ""}${"0".repeat(decimals)} ${currency}`,
    );
  });

  test("loses no unit and gains none", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom("EUR", "JPY", "KWD", "CLF"), (amount, currency) => {
        const [number = ""] = formatMoney(amount, currency).split(" ");
        expect(BigInt(number.replace(".", ""))).toBe(BigInt(amount));
      }),
    );
  });
});
