import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fingerprintOf, sameDigest } from "../../src/idempotency/fingerprint.js";
import type { KeyScope } from "../../src/idempotency/derived-ids.js";
import { parseStrictJson } from "../../src/idempotency/strict-json.js";
import { escaped, json, reversed } from "./arbitrary-json.js";

const ORDER_ID = "ord_n2432yvpkqc5ybzdlnh7tyjz4vbe2apz";
const PLACE: KeyScope = { tenant: "acme", operation: "place-order", parentId: null };
const KEY = "cart-981-try-1";

const ORDER = `{"reference":"cart-981","currency":"EUR","customer":{"email":"ada@example.com","name":"Ada"},
 "shipTo":{"line1":"1 High St","city":"London","postalCode":"N1 1AA","country":"GB"},
 "lines":[{"sku":"MUG-1","quantity":2,"unitPrice":1250}],"total":2500,
 "payment":{"method":"pm_card_visa"},"metadata":{"channel":"web"}}`;

function hexOf(scope: KeyScope, key: string, body: string): string {
  return fingerprintOf(scope, key, parseStrictJson(Buffer.from(body))).digest.toString("hex");
}

function of(body: string): string {
  return hexOf(PLACE, KEY, body);
}

/**
 * Computed apart from this code with Python's hashlib and json. Stored fingerprints are compared with what this
 * version gives for as long as an order is kept, so these literals never change; another algorithm is another version.
 */
describe("version 1", () => {
  test.each<[string, KeyScope, string, string, string]>([
    ["an order", PLACE, KEY, ORDER, "832c1b4ade47379d04514827e21ddb9a41eaf77f9bb04e1dc740e62bcdc6cacd"],
    [
      "a cancel",
      { ...PLACE, operation: "cancel-order", parentId: ORDER_ID },
      "cancel-981-1",
      "{}",
      "0e8b012a5e6963924f4497950715d5de55aeb69e4a57450a995db564fcc1faf9",
    ],
    [
      "a refund",
      { ...PLACE, operation: "refund-order", parentId: ORDER_ID },
      "refund-981-1",
      '{"amount":1250,"reason":"zerbrochen – 1 Tasse 😀"}',
      "61c3023b6d58d822a507469ae8940df83e1a4bb5260722358f00f5782fe5030d",
    ],
    [
      "a resolution",
      { tenant: "globex", operation: "resolve-order", parentId: ORDER_ID },
      "resolve-981-1",
      '{"action":"mark-done","reason":"paid by hand","reference":null}',
      "f950126248923ce89724fa7d1b6c32ae98f38168872694f29bf43e2c4034c5d3",
    ],
  ])("gives %s its committed digest", (_, scope, key, body, digest) => {
    expect(hexOf(scope, key, body)).toBe(digest);
  });

  test("is what is written today", () => {
    expect(fingerprintOf(PLACE, KEY, {})).toMatchObject({ version: 1 });
    expect(fingerprintOf(PLACE, KEY, {}, 1)).toEqual(fingerprintOf(PLACE, KEY, {}));
  });

  test("is not taken for one that cannot be computed here", () => {
    expect(() => fingerprintOf(PLACE, KEY, {}, 2)).toThrow("fingerprint version 2 has no algorithm here");
  });
});

describe("a fingerprint", () => {
  test("does not depend on member order, whitespace or escapes", () => {
    fc.assert(
      fc.property(json, (body) => {
        const digest = of(JSON.stringify(body));
        expect(of(JSON.stringify(reversed(body), null, 1))).toBe(digest);
        expect(of(escaped(body))).toBe(digest);
      }),
    );
  });

  test("does not depend on how a number is spelt", () => {
    expect(new Set(['{"total":10}', '{"total":10.0}', '{"total":1e1}', '{ "total" : 100E-1 }'].map(of)).size).toBe(1);
  });

  test.each([
    ["array order", '{"lines":[1,2]}', '{"lines":[2,1]}'],
    ["a repeated item", '{"lines":[1]}', '{"lines":[1,1]}'],
    ["absent and null", '{"total":1}', '{"total":1,"reference":null}'],
    ["absent and a default", '{"onHand":1}', '{"onHand":1,"warehouse":"main"}'],
    ["absent and empty", '{"total":1}', '{"total":1,"metadata":{}}'],
    ["an unknown member", '{"total":1}', '{"total":1,"colour":"red"}'],
    ["a number and its text", '{"total":10}', '{"total":"10"}'],
    ["an amount by one", '{"total":2500}', '{"total":2501}'],
    ["an amount by one at 2^53", '{"total":9007199254740990}', '{"total":9007199254740991}'],
    ["NFC and NFD", '{"name":"Ren\u00e9"}', '{"name":"Rene\u0301"}'],
    ["case", '{"sku":"MUG-1"}', '{"sku":"mug-1"}'],
    ["a trailing space", '{"sku":"MUG-1"}', '{"sku":"MUG-1 "}'],
  ])("distinguishes %s", (_, one, other) => {
    expect(of(one)).not.toBe(of(other));
  });

  test("distinguishes tenant, operation, parent and key", () => {
    const refund: KeyScope = { ...PLACE, operation: "refund-order", parentId: ORDER_ID };
    const digests = [
      hexOf(PLACE, KEY, "{}"),
      hexOf({ ...PLACE, tenant: "globex" }, KEY, "{}"),
      hexOf({ ...PLACE, tenant: "Acme" }, KEY, "{}"),
      hexOf(refund, KEY, "{}"),
      hexOf({ ...refund, operation: "cancel-order" }, KEY, "{}"),
      hexOf({ ...refund, parentId: ORDER_ID.replace(/z$/, "y") }, KEY, "{}"),
      hexOf(PLACE, `${KEY}0`, "{}"),
      hexOf(PLACE, KEY.toUpperCase(), "{}"),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("does not let a part run into the next", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2 }), fc.nat(), (whole, place) => {
        const at = 1 + (place % (whole.length - 1));
        const moved = hexOf({ ...PLACE, parentId: whole.slice(0, at) }, whole.slice(at), "1");
        expect(hexOf({ ...PLACE, parentId: whole }, "", "1")).not.toBe(moved);
        expect(hexOf({ ...PLACE, parentId: "" }, whole, "1")).not.toBe(moved);
      }),
    );
    expect(hexOf(PLACE, "key1", "2")).not.toBe(hexOf(PLACE, "key", "12"));
  });
});

describe("digests", () => {
  test("are the same when every byte is, and may be compared at any length", () => {
    const { digest } = fingerprintOf(PLACE, KEY, {});
    expect(sameDigest(digest, Buffer.from(digest))).toBe(true);
    expect(sameDigest(digest, digest.subarray(1))).toBe(false);
    expect(sameDigest(digest, Buffer.alloc(0))).toBe(false);
    for (let at = 0; at < digest.length; at++) {
      const other = Buffer.from(digest);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(sameDigest(digest, other)).toBe(false);
    }
  });
});
