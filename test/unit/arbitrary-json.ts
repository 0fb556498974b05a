import fc from "fast-check";
import type { Json } from "../../src/idempotency/strict-json.js";

/** Any text that UTF-8 can carry: every code point, no half of a pair. */
export const text = fc.string({ unit: "binary", maxLength: 12 });

/** Numbers that strict JSON takes: safe integers, and doubles that are no integers. */
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
);

const scalar: fc.Arbitrary<Json> = fc.oneof(fc.constantFrom(null, true, false), number, text);

/** Any value that strict JSON takes, of every shape. */
export const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4 }),
  ),
})).value;

/** The same value with the members of every object in reverse order. */
export function reversed(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(reversed);
  const members = Object.entries(value).toReversed();
  return Object.fromEntries(members.map(([name, member]) => [name, reversed(member)]));
}

/** JSON with every character of its strings escaped, which says the same. */
export function escaped(value: Json): string {
  if (typeof value === "string") {
    const units = Array.from({ length: value.length }, (_, index) => value.charCodeAt(index));
    return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(escaped).join(" , ")}]`;
  return `{${Object.entries(value)
    .map(([name, member]) => `${escaped(name)}\t:\n${escaped(member)}`)
    .join(" , ")}}`;
}
