import { ProviderError } from "../provider-error.js";

interface Unit {
  /** Stripe counts `times / per` of its units for one of ISO 4217's minor units. */
  times: number;
  per: number;
  /** The smallest amount in ISO 4217's minor units. */
  granularity: number;
}

const SAME: Unit = { times: 1, per: 1, granularity: 1 };
/** Three-decimal amounts must end in 0. */
const THREE_DECIMALS: Unit = { times: 1, per: 1, granularity: 10 };

/** Currencies that Stripe counts or limits otherwise than ISO 4217. Source: docs.stripe.com/currencies. */
const UNITS: Record<string, Unit> = {
  ISK: { times: 100, per: 1, granularity: 1 },
  UGX: { times: 100, per: 1, granularity: 1 },
  MGA: { times: 1, per: 100, granularity: 100 },
  BHD: THREE_DECIMALS,
  IQD: THREE_DECIMALS,
  JOD: THREE_DECIMALS,
  KWD: THREE_DECIMALS,
  LYD: THREE_DECIMALS,
  OMR: THREE_DECIMALS,
  TND: THREE_DECIMALS,
};

const unitOf = (currency: string): Unit => UNITS[currency.toUpperCase()] ?? SAME;

export function stripeGranularity(currency: string): number {
  return unitOf(currency).granularity;
}

/** The amount as Stripe counts it; one that it cannot count is rejected, as Stripe itself rejects odd ones. */
export function toStripeAmount(amount: number, currency: string): number {
  const { times, per } = unitOf(currency);
  const counted = (amount * times) / per;
  if (!Number.isSafeInteger(counted)) throw new ProviderError("rejected", "amount_not_countable");
  return counted;
}

/** A fraction where what Stripe counted is no whole number of ISO 4217's minor units. */
export function fromStripeAmount(amount: number, currency: string): number {
  const { times, per } = unitOf(currency);
  return (amount * per) / times;
}
