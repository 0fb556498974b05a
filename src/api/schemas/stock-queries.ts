import { z } from "@hono/zod-openapi";
import type { Cursor } from "../../services/read-lists.js";
import { openCursor, sealCursor } from "./cursor.js";
import { AttentionListQuery } from "./list-queries.js";

/** A SKU of 100 characters has up to 400 bytes. */
export const StockCursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{2,540}$/, "is not a cursor of this list")
  .openapi({ description: "`nextCursor` of the page before." });

export const StockListQuery = z.strictObject({
  limit: AttentionListQuery.shape.limit,
  cursor: StockCursor.optional(),
});

export const toSkuCursor = (sku: string): string => sealCursor(sku);

export function fromSkuCursor(cursor: string | undefined): string | null {
  return cursor === undefined ? null : (openCursor("cursor", cursor, /^([^\0]+)$/su)[0] ?? null);
}

export const toMovementCursor = ({ at, id }: Cursor): string => sealCursor(`${at.getTime()}:${id}`);

export function fromMovementCursor(cursor: string | undefined): Cursor | null {
  if (cursor === undefined) return null;
  const [time, id = ""] = openCursor("cursor", cursor, /^([1-9][0-9]{0,14}):(mov_[a-z2-7]{32})$/);
  return { at: new Date(Number(time)), id };
}
