import { orderCursors } from "../../src/api/schemas/list-queries.js";
import type { System } from "../systems.js";

/** An order that is read, or after which a page of a list starts. */
export interface Sample {
  id: string;
  reference: string;
  payment: string;
  /** Of its parcel; null while there is none. */
  tracking: string | null;
  /** The customer's. */
  email: string;
  createdAt: Date;
  updatedAt: Date;
}

/** The requests that are measured while the order database grows. */
export const PATHS = [
  "POST",
  "replay",
  "GET order",
  "GET its timeline",
  "list, first page",
  "list, from a cursor",
  "list by reference",
  "list by email",
  "list by payment",
  "list by a refund that there is not",
  "list by parcel",
  "list of several statuses",
  "list by last change",
  "list of changes after a time",
  "list by a status without orders",
  "list of those with an attention",
  "list before a time",
] as const;

export type Path = (typeof PATHS)[number];

/** The reads by their path. Each goes through the samples in turn. */
export function readers({ base, bearer }: System, seen: readonly Sample[]) {
  const reading = (query: (sample: Sample) => string) => async (index: number) => {
    const sample = seen[index % seen.length];
    if (!sample) throw new Error("there is no order to read");
    const url = `${base}/v1/orders${query(sample)}`;
    const response = await fetch(url, { headers: { Authorization: `Bearer ${bearer}` } });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  };
  return {
    "GET order": reading(({ id }) => `/${id}`),
    "GET its timeline": reading(({ id }) => `/${id}/events`),
    "list, first page": reading(() => ""),
    "list, from a cursor": reading(
      ({ id, createdAt }) => `?cursor=${orderCursors("-createdAt").seal({ at: createdAt, id })}`,
    ),
    "list by reference": reading(({ reference }) => `?reference=${reference}`),
    "list by email": reading(({ email }) => `?email=${email}`),
    "list by payment": reading(({ payment }) => `?payment=${payment}`),
    "list by a refund that there is not": reading(() => "?refund=re_0"),
    "list by parcel": reading(({ tracking }) => `?tracking=${tracking ?? "none"}`),
    "list of several statuses": reading(() => "?status=accepted,completed,needs_attention,rejected"),
    "list by last change": reading(() => "?sort=-updatedAt"),
    "list of changes after a time": reading(({ updatedAt }) => `?updatedAfter=${updatedAt.toISOString()}`),
    "list by a status without orders": reading(() => "?status=cancelled"),
    "list of those with an attention": reading(() => "?status=needs_attention"),
    "list before a time": reading(({ createdAt }) => `?createdBefore=${createdAt.toISOString()}`),
  } satisfies Partial<Record<Path, unknown>>;
}
