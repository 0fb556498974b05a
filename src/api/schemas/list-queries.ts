import { z } from "@hono/zod-openapi";
import { ATTENTION_CAUSES } from "../../domain/attention.js";
import { ProblemError } from "../../domain/problem-error.js";
import { SHOWN_STATUSES } from "../../domain/status.js";
import { DELIVERY_STATUSES } from "../../domain/webhook-attempt.js";
import { type Cursor, ORDER_SORTS, type OrderSort } from "../../services/read-lists.js";
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

const Statuses = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(SHOWN_STATUSES)))
  .refine((statuses) => new Set(statuses).size === statuses.length, "names a status twice")
  .openapi({
    type: "array",
    items: { type: "string", enum: [...SHOWN_STATUSES] },
    minItems: 1,
    uniqueItems: true,
    param: { style: "form", explode: false },
    description: "One, or several that are separated by commas.",
  });

export const OrderListQuery = z.strictObject({
  status: Statuses.optional(),
  reference: Text.optional(),
  email: Text.optional().openapi({ description: "The customer's, whole and without regard to case." }),
  payment: Text.optional().openapi({ description: "The payment provider's id of the payment." }),
  refund: Text.optional().openapi({ description: "The id of a refund, ours or the payment provider's." }),
  tracking: Text.optional().openapi({ description: "A carrier's number of a parcel." }),
  createdAfter: Time.optional().openapi({ type: "string", format: "date-time", description: "Inclusive." }),
  createdBefore: Time.optional().openapi({ type: "string", format: "date-time", description: "Exclusive." }),
  updatedAfter: Time.optional().openapi({
    type: "string",
    format: "date-time",
    description:
      "Inclusive. What changes while pages are read moves to another place: begin the next reading a minute earlier.",
  }),
  sort: z.enum(ORDER_SORTS).optional().openapi({
    description:
      "`-` is newest first. By default `-createdAt`, and `updatedAt` with `updatedAfter`; a bound of one time goes with no sort by the other.",
  }),
  ...paging,
});

/** The sort that a list was asked for. Throws a ProblemError for a bound of another time than what is sorted by. */
export function sortOf({
  sort,
  createdAfter,
  createdBefore,
  updatedAfter,
}: z.output<typeof OrderListQuery>): OrderSort {
  const chosen = sort ?? (updatedAfter ? "updatedAt" : "-createdAt");
  const isByCreation = chosen.endsWith("createdAt");
  if (isByCreation && updatedAfter) throw parameterError("updatedAfter", "goes with a sort by updatedAt");
  if (!isByCreation && createdAfter) throw parameterError("createdAfter", "goes with a sort by createdAt");
  if (!isByCreation && createdBefore) throw parameterError("createdBefore", "goes with a sort by createdAt");
  return chosen;
}

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

/** What a list is sorted by, as its cursors say it: the time of creation says nothing. */
export type SortedBy = "" | "u";

export const sortedBy = (sort: OrderSort): SortedBy => (sort.endsWith("updatedAt") ? "u" : "");

/** A time and an id: those of the last item of a page. */
const CURSOR = /^u?([1-9][0-9]{0,15}):((?:ord|att|png|evt)_[a-z2-7]{32}(?:_[0-9]{1,5}_[0-9]{1,9})?)$/;

export function toCursor({ at, id }: Cursor, by: SortedBy = ""): string {
  return Buffer.from(`${by}${at.getTime()}:${id}`).toString("base64url");
}

/** The place a cursor stands for; throws a ProblemError for anything that never was one of ours. */
export function fromCursor(cursor: string | undefined, by: SortedBy = ""): Cursor | null {
  if (cursor === undefined) return null;
  const [, time, id = ""] = CURSOR.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  const place = { at: new Date(Number(time)), id };
  if (Number.isNaN(place.at.getTime()) || toCursor(place, by) !== cursor)
    throw parameterError("cursor", "is not a cursor of this list");
  return place;
}
