import fc from "fast-check";
import { expect, test } from "vitest";
import { lengthPrefixed } from "../../src/idempotency/length-prefixed.js";
import { text } from "./arbitrary-json.js";

/** Reads the parts back: what can be read back cannot be two things. */
function partsOf(bytes: Buffer): string[] {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    parts.push(bytes.toString("utf8", at + 4, end));
    at = end;
  }
  return parts;
}

test("each part stands behind its length in bytes", () => {
  expect(lengthPrefixed(["ab", "", "é"]).toString("hex")).toBe("0000000261620000000000000002c3a9");
  expect(lengthPrefixed([])).toHaveLength(0);
});

test("no two lists of parts are the same bytes", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), (parts) => {
      expect(partsOf(lengthPrefixed(parts))).toEqual(parts);
    }),
  );
});

test("moving a boundary between two parts changes the bytes", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.nat(), (whole, one, other) => {
      const [first, second] = [one % (whole.length + 1), other % (whole.length + 1)];
      fc.pre(first !== second);
      const cut = (at: number) => lengthPrefixed([whole.slice(0, at), whole.slice(at)]);
      expect(cut(first).equals(cut(second))).toBe(false);
    }),
  );
});

test("an empty part counts", () => {
  const lists = [[], [""], ["", ""], ["a"], ["a", ""], ["", "a"], ["a", "", ""]];
  expect(new Set(lists.map((parts) => lengthPrefixed(parts).toString("hex"))).size).toBe(lists.length);
});
