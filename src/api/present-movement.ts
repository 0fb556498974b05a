import type { StockMovement } from "../services/read-stock.js";

/** A movement with the level that it left. It is stored whole, so that its repeat gets the same bytes. */
export function presentMovement({ onHand, reserved, createdAt, ...movement }: StockMovement) {
  const { id, sku, warehouse, delta, reason } = movement;
  const level = { onHand, reserved, available: onHand - reserved };
  return { id, sku, warehouse, delta, reason, ...level, createdAt: createdAt.toISOString() };
}
