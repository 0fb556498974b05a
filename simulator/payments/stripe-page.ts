import { type HttpResponse, jsonResponse } from "../http-response.js";
import { type StripeForm, text, whole } from "./stripe-form.js";

/** A list with Stripe's paging: newest first, from a cursor. */
export interface Listing<T> {
  url: string;
  /** Oldest first. */
  rows: readonly T[];
  position: (id: string) => number;
  keeps: (row: T) => boolean;
  /** Returns true once no older row can match. */
  isPast?: (row: T) => boolean;
  show: (row: T) => object;
}

const MAXIMUM_LIMIT = 100;

export function listPage<T>(listing: Listing<T>, params: StripeForm): HttpResponse {
  const limit = Math.min(Math.max(whole(params, "limit") ?? 10, 1), MAXIMUM_LIMIT);
  const before = text(params, "ending_before");
  const found =
    before === undefined ? older(listing, text(params, "starting_after"), limit) : newer(listing, before, limit);
  const page = found.slice(0, limit);
  if (before !== undefined) page.reverse();
  return jsonResponse(200, {
    object: "list",
    url: listing.url,
    has_more: found.length > limit,
    data: page.map((row) => listing.show(row)),
  });
}

function older<T>({ rows, position, keeps, isPast }: Listing<T>, after: string | undefined, limit: number): T[] {
  const found: T[] = [];
  for (let index = (after === undefined ? rows.length : position(after)) - 1; index >= 0; index -= 1) {
    const row = rows[index];
    if (row === undefined || isPast?.(row)) break;
    if (keeps(row)) found.push(row);
    if (found.length > limit) break;
  }
  return found;
}

function newer<T>({ rows, position, keeps }: Listing<T>, before: string, limit: number): T[] {
  const found: T[] = [];
  const start = position(before);
  for (let index = start < 0 ? rows.length : start + 1; index < rows.length && found.length <= limit; index += 1) {
    const row = rows[index];
    if (row !== undefined && keeps(row)) found.push(row);
  }
  return found;
}

/** Whether a time in seconds is within `created[gte|gt|lte|lt]`, or equals a plain `created`. */
export function createdWithin(created: number, params: StripeForm): boolean {
  const exact = whole(params, "created");
  return (
    (exact === undefined || created === exact) &&
    created >= (whole(params, "created", "gte") ?? -Infinity) &&
    created > (whole(params, "created", "gt") ?? -Infinity) &&
    created <= (whole(params, "created", "lte") ?? Infinity) &&
    created < (whole(params, "created", "lt") ?? Infinity)
  );
}

/** Whether a time is before the earliest one that the filter matches. */
export function createdTooEarly(created: number, params: StripeForm): boolean {
  return created < (whole(params, "created", "gte") ?? whole(params, "created", "gt") ?? -Infinity);
}
