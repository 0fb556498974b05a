import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromStripeAmount, toStripeAmount } from "../../src/gateways/payment/stripe-currency.js";

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

  test("comes back as it went, up to what a hundredfold can carry", () => {
    const amount = fc.nat(Math.floor(Number.MAX_SAFE_INTEGER / 100));
    fc.assert(
      fc.property(amount, fc.constantFrom(...SAME, ...HUNDREDFOLD), (sent, currency) => {
        expect(fromStripeAmount(toStripeAmount(sent, currency), currency)).toBe(sent);
      }),
    );
  });
});
