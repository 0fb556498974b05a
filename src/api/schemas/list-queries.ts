import { z } from "@hono/zod-openapi";
import { ATTENTION_CAUSES } from "../../domain/attention.js";
import { SHOWN_STATUSES } from "../../domain/status.js";
import { DELIVERY_STATUSES } from "../../domain/webhook-attempt.js";
import { isByCreation, ORDER_SORTS, type OrderSort } from "../../services/read-lists.js";
import { parameterError } from "./check-query.js";
import { openCursor, sealCursor, timeCursors } from "./cursor.js";
import { Text } from "./text.js";

const Time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

/** Of a page. */
export const MOST_ITEMS = 100;
/** Of a page whose length is not asked for. */
export const USUAL_ITEMS = 20;

/** Opaque to callers, who only send back what `nextCursor` gave them. */
export const pageCursor = (form: RegExp) =>
  z.string().regex(form, "is not a cursor of this list").openapi({ description: "`nextCursor` of the page before." });

export const PageCursor = pageCursor(/^[A-Za-z0-9_-]{51,72}$/);

export const limit = z
  .string()
  .regex(/^(?:[1-9][0-9]?|100)$/, "must be 1 to 100")
  .transform(Number)
  .default(USUAL_ITEMS)
  .openapi({ type: "integer", minimum: 1, maximum: MOST_ITEMS, default: USUAL_ITEMS });

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
  tracking: Text.optional().openapi({ description: "A carrier's tracking number, or the id of a shipment." }),
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
  const byCreation = isByCreation(chosen);
  if (byCreation && updatedAfter) throw parameterError("updatedAfter", "goes with a sort by updatedAt");
  if (!byCreation && createdAfter) throw parameterError("createdAfter", "goes with a sort by createdAt");
  if (!byCreation && createdBefore) throw parameterError("createdBefore", "goes with a sort by createdAt");
  return chosen;
}

export const AttentionListQuery = z.strictObject({ cause: z.enum(ATTENTION_CAUSES).optional(), ...paging });

export const DeliveryListQuery = z.strictObject({
  status: z.enum(DELIVERY_STATUSES).optional(),
  ...paging,
  cursor: pageCursor(/^[A-Za-z0-9_-]{51,100}$/).optional(),
});

export const BatchItemsQuery = z.strictObject({
  limit,
  cursor: pageCursor(/^[A-Za-z0-9_-]{2,12}$/).optional(),
});

/** A page of what a batch takes begins after a position. */
export const BATCH_CURSORS = {
  seal: (position: number): string => sealCursor(String(position)),
  open: (cursor: string | undefined): number =>
    cursor === undefined ? 0 : Number(openCursor("cursor", cursor, /^([1-9][0-9]{0,4})$/)[0]),
};

/** The cursors of the list of orders, each of its own sort alone. */
const BY_CREATION = timeCursors(/ord_[a-z2-7]{32}/);
const BY_CHANGE = timeCursors(/ord_[a-z2-7]{32}/, "u");
export const orderCursors = (sort: OrderSort) => (isByCreation(sort) ? BY_CREATION : BY_CHANGE);

export const ATTENTION_CURSORS = timeCursors(/att_[a-z2-7]{32}/);
export const DELIVERY_CURSORS = timeCursors(/png_[a-z2-7]{32}|evt_[a-z2-7]{32}_[0-9]{1,5}_[0-9]{1,9}/);
