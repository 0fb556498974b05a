import { parameterError } from "./list-queries.js";

/** A place in a list as its callers hold it, who only send it back. */
export function sealCursor(place: string): string {
  return Buffer.from(place).toString("base64url");
}

/** The parts of a place that a pattern names by its groups; throws a ProblemError for anything that never was one. */
export function openCursor(name: string, cursor: string, pattern: RegExp): string[] {
  const place = Buffer.from(cursor, "base64url").toString("utf8");
  const [, ...parts] = pattern.exec(place) ?? [];
  if (parts.length === 0 || sealCursor(place) !== cursor) throw parameterError(name, "is not a cursor of this list");
  return parts;
}
