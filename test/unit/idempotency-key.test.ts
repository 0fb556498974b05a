import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readIdempotencyKey } from "../../src/idempotency/idempotency-key.js";

const INVALID = { fault: "invalid" };

const visible = Array.from({ length: 0x7e - 0x21 + 1 }, (_, index) => String.fromCharCode(0x21 + index));
const keyOf = (letters: string[]) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength: 8, maxLength: 255 }).filter((key) => key !== "undefined");
const anyKey = keyOf(visible);
const bareKey = keyOf(visible.filter((letter) => !'",;\\'.includes(letter)));

function quoted(key: string): string {
  return `"${key.replace(/["\\]/g, "\\$&")}"`;
}

describe("a key", () => {
  test("is the same in quotes and bare", () => {
    fc.assert(
      fc.property(bareKey, (key) => {
        expect(readIdempotencyKey(key)).toEqual({ key });
        expect(readIdempotencyKey(`"${key}"`)).toEqual({ key });
      }),
    );
  });

  test("may hold every visible ASCII character in quotes", () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        expect(readIdempotencyKey(quoted(key))).toEqual({ key });
      }),
    );
  });

  test.each([",", ";", "\\", '"'])("does not hold %s bare", (letter) => {
    expect(readIdempotencyKey(`cart${letter}0981`)).toEqual(INVALID);
    expect(readIdempotencyKey(quoted(`cart${letter}0981`))).toEqual({ key: `cart${letter}0981` });
  });

  test.each(["%63art-0981", "Cart-0981", "cart_0981", "'cart-0981'", "cart+0981=", "<cart-0981>", "Y2FydC05ODE="])(
    "is taken literally: %s",
    (key) => {
      expect(readIdempotencyKey(key)).toEqual({ key });
    },
  );

  test("is counted in characters after its escapes are read", () => {
    expect(readIdempotencyKey("a".repeat(7))).toEqual(INVALID);
    expect(readIdempotencyKey("a".repeat(8))).toEqual({ key: "a".repeat(8) });
    expect(readIdempotencyKey("a".repeat(255))).toEqual({ key: "a".repeat(255) });
    expect(readIdempotencyKey("a".repeat(256))).toEqual(INVALID);
    expect(readIdempotencyKey(quoted('"'.repeat(7)))).toEqual(INVALID);
    expect(readIdempotencyKey(quoted("\\".repeat(8)))).toEqual({ key: "\\".repeat(8) });
    expect(readIdempotencyKey(quoted('"'.repeat(255)))).toEqual({ key: '"'.repeat(255) });
    expect(readIdempotencyKey(quoted("a".repeat(256)))).toEqual(INVALID);
  });
});

describe("a header of any length", () => {
  test.each([
    ["blanks around a letter", `${" ".repeat(15_000)}a${" ".repeat(15_000)}`],
    ["a key and blanks", `cart-0981${" \t".repeat(8_000)}x`],
    ["an unclosed string", `"${"a".repeat(16_000)}`],
    ["escapes", `"${'\\"'.repeat(8_000)}`],
    ["parameters", `"cart-0981"${"; a=b".repeat(3_000)}"`],
    ["blanks between parameters", `"cart-0981"${" ".repeat(15_000)};`],
  ])("is judged in a moment: %s", (_what, header) => {
    const began = performance.now();
    for (let times = 0; times < 100; times++) expect(readIdempotencyKey(header)).toEqual(INVALID);
    expect((performance.now() - began) / 100).toBeLessThan(2);
  });
});

describe("a header without a value", () => {
  test.each([undefined, "", " ", "\t "])("is a missing key: %j", (header) => {
    expect(readIdempotencyKey(header)).toEqual({ fault: "missing" });
  });

  test("is invalid and not missing when it quotes nothing", () => {
    expect(readIdempotencyKey('""')).toEqual(INVALID);
  });
});

describe("parameters", () => {
  test.each([
    ";a",
    ";a=1",
    "; a=-1.5;b",
    ';a="x; y, z";b=?1',
    ';a="\\"\\\\"',
    ";*a_b-c.d*=token/x:y",
    ";a=:Y2FydA==:",
    ";a=1 ",
  ])("are ignored: %s", (parameters) => {
    expect(readIdempotencyKey(`"cart-0981"${parameters}`)).toEqual({ key: "cart-0981" });
  });

  test.each([";", ";A=1", ";1", ";a=", " ;a=1", ';a="x', ";a=1 b", ";a=1,", "a=1"])(
    "that are none make the header invalid: %s",
    (parameters) => {
      expect(readIdempotencyKey(`"cart-0981"${parameters}`)).toEqual(INVALID);
    },
  );

  test("belong to a quoted key alone", () => {
    expect(readIdempotencyKey("cart-0981;a=1")).toEqual(INVALID);
  });
});

describe("what is no key", () => {
  test.each(["undefined", '"undefined"', "[object Object]", '"[object Object]"'])(
    "includes the accident %s",
    (header) => {
      expect(readIdempotencyKey(header)).toEqual(INVALID);
    },
  );

  test.each(["Undefined", "undefined1", "[object]", "null-null"])("does not include %s", (header) => {
    expect(readIdempotencyKey(header)).toEqual({ key: header });
  });

  test.each(["cart-0981, cart-0981", '"cart-0981", "cart-0981"', "cart-0981,cart-0982", '"cart-0981, cart-0982"'])(
    "includes two header lines, as they arrive joined: %s",
    (header) => {
      expect(readIdempotencyKey(header)).toEqual(INVALID);
    },
  );

  test.each(['"cart-0981', 'cart-0981"', '"cart-0981"x', '"cart"0981"', '"cart\\-0981"', '"cart-0981\\"'])(
    "includes a string that is none: %s",
    (header) => {
      expect(readIdempotencyKey(header)).toEqual(INVALID);
    },
  );

  test("includes whatever holds a space, a control character or one beyond ASCII", () => {
    const others = fc
      .oneof(fc.integer({ min: 0, max: 0x20 }), fc.integer({ min: 0x7f, max: 0xffff }))
      .map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(others, (letter) => {
        expect(readIdempotencyKey(`cart${letter}0981`)).toEqual(INVALID);
        expect(readIdempotencyKey(`"cart${letter}0981"`)).toEqual(INVALID);
        expect(readIdempotencyKey(`"${letter}cart0981"`)).toEqual(INVALID);
        expect(readIdempotencyKey(`"cart0981${letter}"`)).toEqual(INVALID);
      }),
    );
  });

  test("never makes the reader throw or answer anything but a key of the right form", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string().map((text) => `"${text}"`),
        ),
        (header) => {
          const read = readIdempotencyKey(header);
          const right = "key" in read ? /^[\x21-\x7e]{8,255}$/.test(read.key) : /^(missing|invalid)$/.test(read.fault);
          expect(right).toBe(true);
        },
      ),
    );
  });
});
