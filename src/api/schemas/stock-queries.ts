import { z } from "@hono/zod-openapi";
import { openCursor, sealCursor, timeCursors } from "./cursor.js";
import { limit, pageCursor } from "./list-queries.js";

/** A SKU of 100 characters has up to 400 bytes. */
export const StockCursor = pageCursor(/^[A-Za-z0-9_-]{2,540}$/);

export const StockListQuery = z.strictObject({
  limit,
  cursor: StockCursor.optional(),
});

export const toSkuCursor = (sku: string): string => sealCursor(sku);

export function fromSkuCursor(cursor: string | undefined): string | null {
  return cursor === undefined ? null : (openCursor("cursor", cursor, /^([^\0]+)$/su)[0] ?? null);
}

export const MOVEMENT_CURSORS = timeCursors(/mov_[a-z2-7]{32}/);
