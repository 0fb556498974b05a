import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/idempotency/canonical-json.js";
import { parseStrictJson } from "../../src/idempotency/strict-json.js";
import { escaped, json, reversed } from "./arbitrary-json.js";

function canonicalOf(text: string): string {
  return canonicalJson(parseStrictJson(Buffer.from(text)));
}

/** RFC 8785, appendix B: IEEE 754 bits and how ECMAScript spells them. */
const NUMBERS: [bits: string, spelt: string][] = [
  ["0000000000000000", "0"],
  ["8000000000000000", "0"],
  ["0000000000000001", "5e-324"],
  ["8000000000000001", "-5e-324"],
  ["7fefffffffffffff", "1.7976931348623157e+308"],
  ["ffefffffffffffff", "-1.7976931348623157e+308"],
  ["4340000000000000", "9007199254740992"],
  ["c340000000000000", "-9007199254740992"],
  ["4430000000000000", "295147905179352830000"],
  ["44b52d02c7e14af5", "9.999999999999997e+22"],
  ["44b52d02c7e14af6", "1e+23"],
  ["44b52d02c7e14af7", "1.0000000000000001e+23"],
  ["444b1ae4d6e2ef4e", "999999999999999700000"],
  ["444b1ae4d6e2ef4f", "999999999999999900000"],
  ["444b1ae4d6e2ef50", "1e+21"],
  ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
  ["3eb0c6f7a0b5ed8d", "0.000001"],
  ["41b3de4355555553", "333333333.3333332"],
  ["41b3de4355555554", "333333333.33333325"],
  ["41b3de4355555555", "333333333.3333333"],
  ["41b3de4355555556", "333333333.3333334"],
  ["41b3de4355555557", "333333333.33333343"],
  ["becbf647612f3696", "-0.0000033333333333333333"],
  ["43143ff3c1cb0959", "1424953923781206.2"],
];

/** The test data published with RFC 8785 (github.com/cyberphone/json-canonicalization), less 1E30, which is refused. */
const PUBLISHED: [name: string, input: string, output: string][] = [
  ["arrays", '[ 56, { "d": true, "10": null, "1": [ ] } ]', '[56,{"1":[],"10":null,"d":true}]'],
  [
    "french",
    '{ "peach": "This sorting order", "péché": "is wrong according to French",\n "pêche": "but canonicalization MUST", "sin": "ignore locale" }',
    '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
  ],
  [
    "structures",
    '{ "1": {"f": {"f": "hi","F": 5} ,"\\n": 56.0}, "10": { }, "": "empty", "a": { }, "111": [ {"e": "yes","E": "no" } ], "A": { } }',
    '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}',
  ],
  ["unicode", '{ "Unnormalized Unicode":"A\\u030a" }', '{"Unnormalized Unicode":"A\u030a"}'],
  [
    "values",
    '{ "numbers": [333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001],\n "string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/",\n "literals": [null, true, false] }',
    '{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  ],
  [
    "weird",
    '{ "\\u20ac": "Euro Sign", "\\r": "Carriage Return", "\\u000a": "Newline", "1": "One", "\\u0080": "Control\\u007f", "\\ud83d\\ude02": "Smiley", "\\u00f6": "Latin Small Letter O With Diaeresis", "\\ufb33": "Hebrew Letter Dalet With Dagesh", "</script>": "Browser Challenge" }',
    '{"\\n":"Newline","\\r":"Carriage Return","1":"One","</script>":"Browser Challenge","\u0080":"Control\u007f","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😂":"Smiley","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  ],
];

describe("the canonical form", () => {
  test.each(PUBLISHED)("is the published one: %s", (_, input, output) => {
    expect(canonicalOf(input)).toBe(output);
  });

  test.each(NUMBERS)("spells the double %s as RFC 8785 does: %s", (bits, spelt) => {
    expect(canonicalJson(Buffer.from(bits, "hex").readDoubleBE())).toBe(spelt);
  });

  test("sorts members by UTF-16 code units, not by code points and not by locale", () => {
    const members = { "\ufb33": 1, "\u{1f600}": 2, é: 3, z: 4, Z: 5, "10": 6, "9": 7, "": 8 };
    expect(canonicalJson(members)).toBe('{"":8,"10":6,"9":7,"Z":5,"z":4,"é":3,"😀":2,"\ufb33":1}');
  });

  test("does not depend on member order, whitespace or escapes", () => {
    fc.assert(
      fc.property(json, (value) => {
        const canonical = canonicalOf(JSON.stringify(value));
        expect(canonicalOf(JSON.stringify(value, null, "  "))).toBe(canonical);
        expect(canonicalOf(JSON.stringify(reversed(value)))).toBe(canonical);
        expect(canonicalOf(escaped(value))).toBe(canonical);
      }),
    );
  });

  test.each([
    ["10", "10.0", "1e1", "1E+1", "100e-1", "0.1e2"],
    ["0", "-0", "0.0", "0e7", "-0.0e-3"],
    ["2.5", "2.50", "25e-1", "0.25E1"],
  ])("does not depend on how a number is spelt: %s", (...spellings) => {
    expect(new Set(spellings.map(canonicalOf)).size).toBe(1);
  });

  test("says the same and is its own canonical form", () => {
    fc.assert(
      fc.property(json, (value) => {
        const canonical = canonicalOf(JSON.stringify(value));
        expect(canonicalOf(canonical)).toBe(canonical);
        expect(JSON.parse(canonical)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("keeps array order, null, empty members and Unicode forms apart", () => {
    const different = [
      "[1,2]",
      "[2,1]",
      "[]",
      "[null]",
      "{}",
      '{"a":null}',
      '{"a":{}}',
      '{"a":[]}',
      '{"a":""}',
      '"1"',
      "1",
      '"\u00e9"',
      '"e\u0301"',
      "true",
      '"true"',
    ];
    expect(new Set(different.map(canonicalOf)).size).toBe(different.length);
  });

  test("has a member named __proto__", () => {
    expect(canonicalOf('{"a":1,"__proto__":{"b":2}}')).toBe('{"__proto__":{"b":2},"a":1}');
  });
});
