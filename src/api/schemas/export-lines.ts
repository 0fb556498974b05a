import { z } from "@hono/zod-openapi";
import { ACCOUNTS } from "../../domain/ledger.js";
import { ACTORS, TIMELINE, type TimelineType } from "../../domain/timeline.js";
import type { ExportPlace } from "../../services/read-export.js";
import { openCursor, sealCursor } from "./cursor.js";
import { Amount, Currency } from "./order-body.js";
import { Order } from "./responses.js";
import { Count, OrderId } from "./text.js";
import { Time } from "./time.js";

const MOST_LINES = 10_000;

const ExportCursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{51,90}$/, "is not a cursor of this list")
  .openapi({ description: "`nextCursor` of the last line of the export before." });

export const ExportQuery = z.strictObject({
  after: ExportCursor.optional(),
  limit: z
    .string()
    .regex(/^(?:[1-9][0-9]{0,3}|10000)$/, `must be 1 to ${MOST_LINES}`)
    .transform(Number)
    .default(1_000)
    .openapi({ type: "integer", minimum: 1, maximum: MOST_LINES, default: 1_000 }),
});

const PLACE = /^([1-9][0-9]{0,14}):(ord_[a-z2-7]{32}):([0-9]{1,10})$/;

export const toExportCursor = ({ at, id, number }: ExportPlace): string =>
  sealCursor(`${at.getTime()}:${id}:${number}`);

export function fromExportCursor(cursor: string | undefined): ExportPlace | null {
  if (cursor === undefined) return null;
  const [time, id = "", number] = openCursor("after", cursor, PLACE);
  return { at: new Date(Number(time)), id, number: Number(number) };
}

/** The last line: without it an export broke off. */
const ExportEnd = z.object({ nextCursor: ExportCursor.nullable() }).openapi("ExportEnd", {
  description: "The last line: where to go on, null at the end. Without it the export broke off.",
});

const ExportedEvent = z
  .object({
    orderId: OrderId,
    id: Count,
    type: z.enum(Object.keys(TIMELINE) as [TimelineType]),
    at: Time,
    actor: z.enum(ACTORS),
    data: z.looseObject({}),
  })
  .openapi("ExportedEvent", { description: "An event of an order's timeline." });

const ExportedEntry = z
  .object({
    orderId: OrderId,
    name: z.string().openapi({ example: "capture/shp_3thb4gq2ykd7sw3vjc5p6xqzr2na7mfe" }),
    from: z.enum(ACCOUNTS),
    to: z.enum(ACCOUNTS),
    amount: Amount,
    currency: Currency,
    postedAt: Time,
  })
  .openapi("ExportedEntry", { description: "Money that moved between two accounts of an order." });

/** The lines of an export, each a JSON object. */
export const EXPORT_LINES = {
  orders: z.union([Order, ExportEnd]),
  events: z.union([ExportedEvent, ExportEnd]),
  ledger: z.union([ExportedEntry, ExportEnd]),
} as const;
