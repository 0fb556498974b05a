import type { Cursor } from "../../services/read-lists.js";
import { parameterError } from "./check-query.js";

/** A place in a list as its callers hold it, who only send it back. */
export function sealCursor(place: string): string {
  return Buffer.from(place).toString("base64url");
}

/** The parts of a place that a pattern names by its groups; null for anything that never was one. */
export function partsOfCursor(cursor: string, pattern: RegExp): (string | undefined)[] | null {
  const place = Buffer.from(cursor, "base64url").toString("utf8");
  const parts = pattern.exec(place)?.slice(1) ?? null;
  return sealCursor(place) === cursor ? parts : null;
}

/** Likewise; throws a ProblemError that names the parameter. */
export function openCursor(name: string, cursor: string, pattern: RegExp): (string | undefined)[] {
  const parts = partsOfCursor(cursor, pattern);
  if (!parts) throw parameterError(name, "is not a cursor of this list");
  return parts;
}

interface TimeCursors {
  seal(place: Cursor): string;
  /** The place a cursor stands for, null for none; throws a ProblemError for one of another list. */
  open(cursor: string | undefined): Cursor | null;
}

/** The cursors of a list that is sorted by time and, among equals, by ids of this form: a mark tells two sorts apart. */
export function timeCursors(id: RegExp, mark = ""): TimeCursors {
  const pattern = new RegExp(`^${mark}([1-9][0-9]{0,15}):(${id.source})$`);
  return {
    seal: ({ at, id: last }) => sealCursor(`${mark}${at.getTime()}:${last}`),
    open(cursor) {
      if (cursor === undefined) return null;
      const [time, last = ""] = openCursor("cursor", cursor, pattern);
      const at = new Date(Number(time));
      if (Number.isNaN(at.getTime())) throw parameterError("cursor", "is not a cursor of this list");
      return { at, id: last };
    },
  };
}
