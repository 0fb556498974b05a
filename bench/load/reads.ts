import { toCursor } from "../../src/api/schemas/order-list.js";
import type { Contender } from "../contenders.js";

/** An order that is read, or from whose place a list goes on. */
export interface Sample {
  id: string;
  seq: number;
  reference: string;
  createdAt: Date;
}

/** What is asked of a book while it grows. */
export const PATHS = [
  "POST",
  "replay",
  "GET order",
  "GET its timeline",
  "list, first page",
  "list, from a cursor",
  "list by reference",
  "list by a status nobody has",
  "list of those in attention",
  "list before a time",
] as const;

export type Path = (typeof PATHS)[number];

/** The reads by their path, each of an order in turn. */
export function readers({ base, bearer }: Contender, seen: readonly Sample[]) {
  const reading = (query: (sample: Sample) => string) => async (index: number) => {
    const url = `${base}/v1/orders${query(seen[index % seen.length] as Sample)}`;
    const response = await fetch(url, { headers: { Authorization: `Bearer ${bearer}` } });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  };
  return {
    "GET order": reading(({ id }) => `/${id}`),
    "GET its timeline": reading(({ id }) => `/${id}/events`),
    "list, first page": reading(() => ""),
    "list, from a cursor": reading((place) => `?cursor=${toCursor(place)}`),
    "list by reference": reading(({ reference }) => `?reference=${reference}`),
    "list by a status nobody has": reading(() => "?status=cancelled"),
    "list of those in attention": reading(() => "?status=needs_attention"),
    "list before a time": reading(({ createdAt }) => `?createdBefore=${createdAt.toISOString()}`),
  } satisfies Partial<Record<Path, unknown>>;
}
