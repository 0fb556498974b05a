import type { Adjustment, Line } from "./order-request.js";

/** The sum of lines and adjustments in minor units. Exact: quantity x unitPrice may exceed 2^53. */
export function sumOf(lines: readonly Line[], adjustments: readonly Adjustment[] = []): bigint {
  const subtotal = lines.reduce((sum, line) => sum + BigInt(line.quantity) * BigInt(line.unitPrice), 0n);
  return adjustments.reduce((sum, adjustment) => sum + BigInt(adjustment.amount), subtotal);
}

/** A stored amount as the number the wire carries. Throws on what JSON could not carry exactly. */
export function toAmount(stored: bigint | string | number): number {
  const amount = Number(stored);
  if (!Number.isSafeInteger(amount)) throw new RangeError("an amount beyond 2^53-1");
  return amount;
}
