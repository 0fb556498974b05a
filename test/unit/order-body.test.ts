import { expect, test } from "vitest";
import { OrderRequest } from "../../src/api/schemas/order-body.js";

const isAccepted = (changes: object) =>
  OrderRequest.safeParse({
    currency: "EUR",
    customer: { email: "ada@example.com" },
    shipTo: { line1: "1 High St", city: "London", country: "GB" },
    lines: [{ sku: "MUG-1", quantity: 2, unitPrice: 1250 }],
    total: 2500,
    payment: { method: "pm_card_visa" },
    ...changes,
  }).success;

test.each([
  ["500 letters", "a".repeat(500), true],
  ["501 letters", "a".repeat(501), false],
  ["500 characters of two UTF-16 units", "𝄞".repeat(500), true],
  ["501 characters of two UTF-16 units", "𝄞".repeat(501), false],
  ["no character", "", false],
  ["U+0000", "a\u0000", false],
])("the length of a text counts characters: %s", (_name, reference, accepted) => {
  expect(isAccepted({ reference })).toBe(accepted);
});

test.each([
  ["https://shop.example/orders/1?a=b&c=/?#done", true],
  ["http://localhost:3000", true],
  ["http://127.0.0.1:8080/back", true],
  ["https://xn--mnchen-3ya.de/", true],
  ["https://shop.example:65536/", false],
  ["https://user:secret@shop.example/", false],
  ["https://shop.example/a b", false],
  ["https://shop.example/%zz", false],
  ["https://", false],
  ["javascript:alert(1)", false],
  ["/orders/1", false],
])("a return URL is an absolute http or https URI: %s", (returnUrl, accepted) => {
  expect(isAccepted({ payment: { method: "pm_card_visa", returnUrl } })).toBe(accepted);
});

test.each([
  ["discount", -500, true],
  ["discount", 500, true],
  ["shipping", 500, true],
  ["tax", -500, false],
  ["gift", 500, false],
])("an adjustment is negative only for a discount: %s %d", (kind, amount, accepted) => {
  expect(isAccepted({ adjustments: [{ kind, label: "A label", amount }], total: 2500 + amount })).toBe(accepted);
});
