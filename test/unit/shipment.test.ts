import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasLeft, linesBySku, SHIPMENT_STATUSES } from "../../src/domain/shipment.js";

describe("lines by SKU", () => {
  test("add up in the order the articles first stand in", () => {
    const lines = [
      { sku: "TEE-1", quantity: 1, unitPrice: 900 },
      { sku: "MUG-1", quantity: 2, unitPrice: 1250 },
      { sku: "TEE-1", quantity: 3, unitPrice: 800 },
    ];
    expect(linesBySku(lines)).toEqual([
      { sku: "TEE-1", quantity: 4 },
      { sku: "MUG-1", quantity: 2 },
    ]);
  });

  test("have each SKU once and lose no unit, whatever it is called", () => {
    const sku = fc.oneof(fc.constantFrom("MUG-1", "TEE-1", "__proto__", "constructor"), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 1_000_000 }) })), (lines) => {
        const summed = linesBySku(lines);
        expect(new Set(summed.map((line) => line.sku))).toEqual(new Set(lines.map((line) => line.sku)));
        expect(summed).toHaveLength(new Set(lines.map((line) => line.sku)).size);
        const units = (all: { quantity: number }[]) => all.reduce((sum, line) => sum + line.quantity, 0);
        expect(units(summed)).toBe(units(lines));
      }),
    );
  });
});

test("a shipment has left once it is shipped or delivered", () => {
  expect(SHIPMENT_STATUSES.filter((status) => hasLeft({ status }))).toEqual(["shipped", "delivered"]);
});
