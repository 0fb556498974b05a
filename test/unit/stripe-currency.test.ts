import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromStripeAmount, toStripeAmount } from "../../src/providers/payment/stripe-currency.js";

const SAME = ["EUR", "USD", "JPY", "KWD", "HUF", "TWD"];
const HUNDREDFOLD = ["ISK", "UGX"];

describe("an amount at Stripe", () => {
  test.each(SAME)("is the same number in %s", (currency) => {
    expect(toStripeAmount(1250, currency)).toBe(1250);
    expect(fromStripeAmount(1250, currency)).toBe(1250);
  });

  test.each(HUNDREDFOLD)("counts hundredths in %s, however the currency is spelt", (currency) => {
    expect(toStripeAmount(1250, currency)).toBe(125_000);
    expect(fromStripeAmount(125_000, currency)).toBe(1250);
    expect(toStripeAmount(1250, currency.toLowerCase())).toBe(125_000);
    expect(fromStripeAmount(125_000, currency.toLowerCase())).toBe(1250);
  });

  test("counts whole units in MGA, and refuses what is none", () => {
    expect(toStripeAmount(125_000, "MGA")).toBe(1250);
    expect(fromStripeAmount(1250, "mga")).toBe(125_000);
    expect(() => toStripeAmount(125_050, "MGA")).toThrow("amount_not_countable");
  });

  test.each(HUNDREDFOLD)(
    "stays a fraction in %s where it is no whole unit, and equals no amount of ours",
    (currency) => {
      for (const amount of [124_999, 125_001, Number.MAX_SAFE_INTEGER])
        expect(Number.isInteger(fromStripeAmount(amount, currency))).toBe(false);
    },
  );

  test("is refused where Stripe's count would be inexact", () => {
    expect(() => toStripeAmount(Number.MAX_SAFE_INTEGER, "ISK")).toThrow("amount_not_countable");
  });

  test("comes back as it went, up to what a hundredfold can carry", () => {
    const amount = fc.nat(Math.floor(Number.MAX_SAFE_INTEGER / 100));
    fc.assert(
      fc.property(amount, fc.constantFrom(...SAME, ...HUNDREDFOLD), (sent, currency) => {
        expect(fromStripeAmount(toStripeAmount(sent, currency), currency)).toBe(sent);
      }),
    );
  });
});
