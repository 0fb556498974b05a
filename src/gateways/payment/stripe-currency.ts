/** Currencies without decimals that Stripe nevertheless counts in hundredths. Source: docs.stripe.com/currencies. */
const HUNDREDFOLD = new Set(["ISK", "UGX"]);

export function toStripeAmount(amount: number, currency: string): number {
  return HUNDREDFOLD.has(currency.toUpperCase()) ? amount * 100 : amount;
}

export function fromStripeAmount(amount: number, currency: string): number {
  return HUNDREDFOLD.has(currency.toUpperCase()) ? Math.round(amount / 100) : amount;
}
