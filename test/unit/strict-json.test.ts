import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Json, JsonFault, MAX_DEPTH, MAX_VALUES, parseStrictJson } from "../../src/idempotency/strict-json.js";
import { escaped, json } from "./arbitrary-json.js";

function parse(text: string) {
  return parseStrictJson(Buffer.from(text, "utf8"));
}

function attempt(text: string | Buffer): { value: Json } | { fault: string } {
  try {
    return { value: parseStrictJson(Buffer.from(text)) };
  } catch (error) {
    if (error instanceof JsonFault) return { fault: error.message };
    throw error;
  }
}

function refused(text: string | Buffer): string {
  const read = attempt(text);
  if ("value" in read) throw new Error(`taken: ${text.toString()}`);
  return read.fault;
}

const nested = (depth: number, core = "") => "[".repeat(depth) + core + "]".repeat(depth);
const nestedObjects = (depth: number, core: string) => '{"a":'.repeat(depth) + core + "}".repeat(depth);

describe("valid JSON", () => {
  test("reads as JSON.parse reads it, however it is spelt", () => {
    fc.assert(
      fc.property(json, (value) => {
        for (const spelt of [JSON.stringify(value), JSON.stringify(value, null, "\t"), escaped(value)]) {
          expect(parse(spelt)).toEqual(JSON.parse(spelt));
        }
      }),
    );
  });

  test("may stand between any whitespace", () => {
    expect(parse(' \t\r\n{ "a" : [ 1 ,\n2 ] , "b" : { } }\r\n ')).toEqual({ a: [1, 2], b: {} });
  });

  test.each([
    ["0", 0],
    ["-0", -0],
    ["1e2", 100],
    ["1E+2", 100],
    ["10e-1", 1],
    ["0.1", 0.1],
    ["5e-324", 5e-324],
    ["1e-400", 0],
    ["9007199254740991", 9_007_199_254_740_991],
    ["-9007199254740991", -9_007_199_254_740_991],
    ["9.007199254740991e15", 9_007_199_254_740_991],
    ["4503599627370495.5", 4_503_599_627_370_495.5],
  ])("has the number %s", (spelt, value) => {
    expect(parse(spelt)).toBe(value);
  });

  test("has pairs of surrogates, escaped or not, in members and strings", () => {
    expect(parse('{"\\ud83d\\ude00":"😀\\uD83D\\uDE00"}')).toEqual({ "😀": "😀😀" });
  });

  test("keeps a member named __proto__ as a member like any other", () => {
    const read = parse('{"__proto__":{"total":1},"constructor":2,"toString":3}') as Record<string, unknown>;
    expect(Object.entries(read)).toEqual([
      ["__proto__", { total: 1 }],
      ["constructor", 2],
      ["toString", 3],
    ]);
    expect(read["total"]).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty("total");
  });
});

describe("depth", () => {
  test("32 is taken and 33 refused, empty or filled, arrays, objects and both", () => {
    expect(MAX_DEPTH).toBe(32);
    for (const core of ["", "1", '"x"']) {
      expect(() => parse(nested(32, core))).not.toThrow();
      expect(refused(nested(33, core))).toContain("nested deeper than 32");
    }
    for (const core of ["{}", "1"]) {
      const inner = core === "{}" ? 1 : 0;
      expect(() => parse(nestedObjects(32 - inner, core))).not.toThrow();
      expect(refused(nestedObjects(33 - inner, core))).toContain("nested deeper than 32");
    }
    expect(() => parse(nested(16, nestedObjects(16, "1")))).not.toThrow();
    expect(refused(nested(16, nestedObjects(16, "[]")))).toContain("nested deeper than 32");
  });

  test("never runs the reader out of stack", () => {
    expect(refused("[".repeat(250_000))).toContain("nested deeper than 32");
    expect(refused('{"a":'.repeat(50_000))).toContain("nested deeper than 32");
  });
});

describe("more values than any body of ours holds", () => {
  test("are refused, whatever they are", () => {
    const values = (count: number) => `[${Array.from({ length: count - 1 }, (_, index) => index % 10).join(",")}]`;
    expect(() => parse(values(MAX_VALUES))).not.toThrow();
    expect(refused(values(MAX_VALUES + 1))).toContain("more than 5000 values");
    const members = Array.from({ length: MAX_VALUES }, (_, index) => `"m${index}":{}`);
    expect(refused(`{${members.join(",")}}`)).toContain("more than 5000 values");
  });
});

describe("a member given twice", () => {
  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"total":1,"\\u0074otal":2}',
    '[{"x":{"a":1,"a":2}}]',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
  ])("is refused: %s", (text) => {
    expect(refused(text)).toContain("given twice");
  });

  test("is distinguished from members of other objects and from another case or form", () => {
    expect(parse('{"a":{"a":1},"A":[{"a":1},{"a":2}],"é":1,"e\\u0301":2}')).toEqual({
      a: { a: 1 },
      A: [{ a: 1 }, { a: 2 }],
      "\u00e9": 1,
      "e\u0301": 2,
    });
  });
});

describe("a number", () => {
  test.each([
    "9007199254740992",
    "-9007199254740992",
    "9007199254740993",
    "9007199254740992.0",
    "9007199254740992.000",
    "9.007199254740992e15",
    "9007199254740992e0",
    "90071992547409920e-1",
    "0.9007199254740992E+16",
    "1e16",
    "1E300",
    "10000000000000000000000000000000",
    "1.7976931348623157e308",
  ])("that is an integer beyond 2^53-1 is refused: %s", (spelt) => {
    expect(refused(spelt)).toContain("beyond 2^53-1");
    expect(refused(`{"total":${spelt}}`)).toContain("beyond 2^53-1");
  });

  test.each(["1e309", "-1e309", "1e999999", `1${"0".repeat(400)}`])(
    "that overflows a double is refused: %s",
    (spelt) => {
      expect(refused(`[${spelt}]`)).toContain("too large");
    },
  );

  test.each([
    "01",
    "-01",
    "00",
    "1.",
    ".5",
    "+1",
    "-",
    "1e",
    "1e+",
    "0x10",
    "1_000",
    "NaN",
    "Infinity",
    "-Infinity",
    "１",
  ])("that JSON does not spell so is refused: %s", (spelt) => {
    expect(refused(spelt)).toMatch(/\.$/);
    expect(refused(`[${spelt}]`)).toMatch(/\.$/);
  });
});

describe("a string", () => {
  test.each(['"\\ud800"', '"\\udc00"', '"\\ude00\\ud83d"', '"\\ud83d\\ud83d\\ude00"', '"a\\ud83d"', '{"\\ud83d":1}'])(
    "with a lone surrogate is refused: %s",
    (text) => {
      expect(refused(text)).toContain("lone surrogate");
    },
  );

  test.each(['"\n"', '"\t"', '"\u0000"', '"\u001f"'])("with a bare control character is refused: %j", (text) => {
    expect(refused(text)).toMatch(/\.$/);
  });

  test.each(['"\\x41"', '"\\u12"', '"\\u12g4"', '"\\u 041"', '"\\U0041"', '"\\\n"', '"\\', '"abc', "'abc'"])(
    "that is broken is refused: %s",
    (text) => {
      expect(refused(text)).toMatch(/\.$/);
    },
  );

  test("may hold DEL, NEL and line separators", () => {
    expect(parse('"\u007f\u0085\u2028\u2029"')).toBe("\u007f\u0085\u2028\u2029");
  });
});

describe("the bytes", () => {
  test.each([
    ["a stray byte", [0x22, 0xff, 0x22]],
    ["an overlong form", [0x22, 0xc0, 0x80, 0x22]],
    ["an encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["a cut character", [0x22, 0xe2, 0x82, 0x22]],
    ["a code point beyond Unicode", [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ["UTF-16", [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])("with %s are refused", (_, bytes) => {
    expect(refused(Buffer.from(bytes))).toContain("not valid UTF-8");
  });

  test("that start with a byte order mark are refused", () => {
    expect(refused("\ufeff{}")).toContain("byte order mark");
    expect(parse('"\ufeff"')).toBe("\ufeff");
  });

  test.each(["", " ", "\n"])("that hold nothing are refused: %j", (text) => {
    expect(refused(text)).toMatch(/\.$/);
  });

  test.each(["{} {}", "{}x", "1 2", '"a""b"', "[]]", "{}}", "null,", "{}\u0000", "{}\u00a0", "{}\ufeff", "{}//"])(
    "that go on after the value are refused: %j",
    (text) => {
      expect(refused(text)).toContain("follows the JSON value");
    },
  );
});

describe("what JSON.parse refuses", () => {
  test.each([
    "{",
    "[",
    "[1,]",
    "{,}",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    "{a:1}",
    "[1 2]",
    '{"a":1 "b":2}',
    "[,1]",
    "tru",
    "nulll",
    "True",
    "undefined",
    "\u000b1",
  ])("is refused: %s", (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(refused(text)).toMatch(/\.$/);
  });

  test("is refused too, and what is taken reads the same, for valid JSON with an accident in it", () => {
    const letter = fc.oneof(
      fc.constantFrom(...Array.from('{}[]",:\\0123456789.eE+-truefalsn \n\u0000')),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(json, fc.nat(), fc.nat(2), letter, (value, place, removed, inserted) => {
        const valid = JSON.stringify(value);
        const at = place % (valid.length + 1);
        const text = (valid.slice(0, at) + inserted + valid.slice(at + removed)).toWellFormed();
        const read = attempt(text);
        expect(read).toEqual("fault" in read ? read : { value: JSON.parse(text) });
      }),
      { numRuns: 1000 },
    );
  });

  test("is reported without a word of what the body holds", () => {
    for (const text of [
      '{"card":"4242424242424242"',
      '{"card":"4242424242424242","card":1}',
      '["4242424242424242\\q"]',
    ]) {
      expect(refused(text)).not.toMatch(/4242|card"/);
    }
  });
});
