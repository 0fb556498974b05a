import type { Allocation } from "./allocation.js";
import { toAmount } from "./money.js";
import type { Adjustment, Line } from "./order-request.js";

/**
 * What each shipment costs (E9): its lines, plus the adjustments spread by line value (by quantity when every line is
 * free), the largest remainders first and equal ones in line order. Shares are multiples of `granularity`, the smallest
 * amount that the payment provider can capture; the last shipment takes the rest. They sum to the order's total.
 */
export function prorate(
  lines: readonly Line[],
  adjustments: readonly Adjustment[],
  shipments: readonly Allocation[],
  granularity = 1,
): number[] {
  const pieces = shipments
    .flatMap((shipment, at) => shipment.pieces.map((piece) => ({ ...piece, at })))
    .toSorted((one, other) => one.line - other.line || one.at - other.at);
  const values = pieces.map(({ line, quantity }) => BigInt(quantity) * BigInt(lines[line]?.unitPrice ?? 0));
  const weights = values.some((value) => value > 0n) ? values : pieces.map(({ quantity }) => BigInt(quantity));
  const adjustment = adjustments.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  const spread = spreadOver(adjustment, weights);
  const shares = shipments.map(() => 0n);
  pieces.forEach(({ at }, index) => (shares[at] = (shares[at] ?? 0n) + (values[index] ?? 0n) + (spread[index] ?? 0n)));
  return roundDown(shares, BigInt(granularity)).map(toAmount);
}

/** Every share but the last as a multiple; what that leaves goes to the last. */
function roundDown(shares: readonly bigint[], granularity: bigint): bigint[] {
  const rounded = shares.slice(0, -1).map((share) => share - (share % granularity));
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
  return shares.length === 0 ? [] : [...rounded, sum(shares) - sum(rounded)];
}

/** Spreads an amount by weight so that the parts sum to it: largest remainder, earlier parts first among equals. */
export function spreadOver(amount: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((total, weight) => total + weight, 0n);
  if (sum === 0n) return weights.map(() => 0n);
  const sign = amount < 0n ? -1n : 1n;
  const whole = amount * sign;
  const parts = weights.map((weight) => (whole * weight) / sum);
  const remainders = weights.map((weight, index) => ({ index, remainder: (whole * weight) % sum }));
  const rest = Number(whole - parts.reduce((total, part) => total + part, 0n));
  remainders.sort((one, other) =>
    other.remainder > one.remainder ? 1 : other.remainder < one.remainder ? -1 : one.index - other.index,
  );
  for (const { index } of remainders.slice(0, rest)) parts[index] = (parts[index] ?? 0n) + 1n;
  return parts.map((part) => part * sign);
}
