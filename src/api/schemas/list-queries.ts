import { z } from "@hono/zod-openapi";
import { ATTENTION_CAUSES } from "../../domain/attention.js";
import { ProblemError } from "../../domain/problem-error.js";
import { SHOWN_STATUSES } from "../../domain/status.js";
import { DELIVERY_STATUSES } from "../../domain/webhook-attempt.js";
import type { Cursor } from "../../services/read-lists.js";
import { Text } from "./text.js";

const Time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

/** Of a page. */
export const MOST_ITEMS = 100;

/** Opaque to callers, who only send back what `nextCursor` gave them. */
export const PageCursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{51,100}$/, "is not a cursor of this list")
  .openapi({ description: "`nextCursor` of the page before." });

export const limit = z
  .string()
  .regex(/^(?:[1-9][0-9]?|100)$/, "must be 1 to 100")
  .transform(Number)
  .default(20)
  .openapi({ type: "integer", minimum: 1, maximum: MOST_ITEMS, default: 20 });

const paging = { limit, cursor: PageCursor.optional() };

export const OrderListQuery = z.strictObject({
  status: z.enum(SHOWN_STATUSES).optional(),
  reference: Text.optional(),
  createdAfter: Time.optional().openapi({ type: "string", format: "date-time", description: "Inclusive." }),
  createdBefore: Time.optional().openapi({ type: "string", format: "date-time", description: "Exclusive." }),
  ...paging,
});

export const AttentionListQuery = z.strictObject({ cause: z.enum(ATTENTION_CAUSES).optional(), ...paging });

export const DeliveryListQuery = z.strictObject({ status: z.enum(DELIVERY_STATUSES).optional(), ...paging });

/** Query parameters by a schema: each once, none unknown. */
export function checkQuery<T>(schema: z.ZodType<T>, url: string): T {
  const given = new URL(url).searchParams;
  const names = [...given.keys()];
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw parameterError(repeated, "is given twice");
  const checked = schema.safeParse(Object.fromEntries(given));
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  if (issue?.code === "unrecognized_keys") throw parameterError(issue.keys[0] ?? "", "is unknown");
  throw parameterError(String(issue?.path[0] ?? ""), issue?.message ?? "is not valid");
}

export function parameterError(name: string, problem: string): ProblemError {
  return new ProblemError("invalid-parameter", `The parameter ${JSON.stringify(name.slice(0, 50))} ${problem}.`);
}

/** A time and an id: those of the last item of a page. */
const CURSOR = /^([1-9][0-9]{0,15}):((?:ord|att|png|evt)_[a-z2-7]{32}(?:_[0-9]{1,5}_[0-9]{1,9})?)$/;

export function toCursor({ at, id }: Cursor): string {
  return Buffer.from(`${at.getTime()}:${id}`).toString("base64url");
}

/** The place a cursor stands for; throws a ProblemError for anything that never was one of ours. */
export function fromCursor(cursor: string | undefined): Cursor | null {
  if (cursor === undefined) return null;
  const [, time, id = ""] = CURSOR.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  const place = { at: new Date(Number(time)), id };
  if (Number.isNaN(place.at.getTime()) || toCursor(place) !== cursor)
    throw parameterError("cursor", "is not a cursor of this list");
  return place;
}
