import { ProviderError } from "../provider-error.js";

/** Minor units at Stripe for one of ISO 4217's, where the two differ. Source: docs.stripe.com/currencies. */
const UNITS: Record<string, { times: number; per: number }> = {
  ISK: { times: 100, per: 1 },
  UGX: { times: 100, per: 1 },
  MGA: { times: 1, per: 100 },
};

/** The amount as Stripe counts it; one that it cannot count is refused, as Stripe itself refuses odd ones. */
export function toStripeAmount(amount: number, currency: string): number {
  const { times, per } = UNITS[currency.toUpperCase()] ?? { times: 1, per: 1 };
  const counted = (amount * times) / per;
  if (!Number.isSafeInteger(counted)) throw new ProviderError("refused", "amount_not_countable");
  return counted;
}

export function fromStripeAmount(amount: number, currency: string): number {
  const { times, per } = UNITS[currency.toUpperCase()] ?? { times: 1, per: 1 };
  return Math.round((amount * per) / times);
}
