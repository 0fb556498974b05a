import type { Place } from "../../database/order-view.js";
import { z } from "@hono/zod-openapi";
import { Refusal } from "../../domain/problem-error.js";
import { SHOWN_STATUSES } from "../../domain/status.js";
import { Text } from "./text.js";

const Time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

export const OrderListQuery = z.strictObject({
  status: z.enum(SHOWN_STATUSES as [string, ...string[]]).optional(),
  reference: Text.optional(),
  createdAfter: Time.optional().openapi({ type: "string", format: "date-time", description: "Inclusive." }),
  createdBefore: Time.optional().openapi({ type: "string", format: "date-time", description: "Exclusive." }),
  limit: z
    .string()
    .regex(/^(?:[1-9][0-9]?|100)$/, "must be 1 to 100")
    .transform(Number)
    .default(20)
    .openapi({ type: "integer", minimum: 1, maximum: 100, default: 20 }),
  cursor: z.string().optional().openapi({ description: "`nextCursor` of the page before." }),
});

/** Query parameters by a schema: each once, none unknown. */
export function checkQuery<T>(schema: z.ZodType<T>, url: string): T {
  const given = new URL(url).searchParams;
  const names = [...given.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw badParameter(twice, "is given twice");
  const checked = schema.safeParse(Object.fromEntries(given));
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  if (issue?.code === "unrecognized_keys") throw badParameter(issue.keys[0] ?? "", "is not known here");
  throw badParameter(String(issue?.path[0] ?? ""), issue?.message ?? "is not valid");
}

export function badParameter(name: string, problem: string): Refusal {
  return new Refusal("invalid-parameter", `The parameter ${JSON.stringify(name.slice(0, 50))} ${problem}.`);
}

const CURSOR = /^2:([1-9][0-9]{0,15}):([1-9][0-9]{0,15})$/;

export function toCursor({ createdAt, seq }: Place): string {
  return Buffer.from(`2:${createdAt.getTime()}:${seq}`).toString("base64url");
}

/** The place a cursor stands for; throws a Refusal for anything that never was one of ours. */
export function fromCursor(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null;
  const [, time, seq] = CURSOR.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  const place = { createdAt: new Date(Number(time)), seq: Number(seq) };
  const isOurs = !Number.isNaN(place.createdAt.getTime()) && Number.isSafeInteger(place.seq);
  if (!isOurs || toCursor(place) !== cursor) throw badParameter("cursor", "is not a cursor of this list");
  return place;
}
