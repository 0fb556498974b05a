import { expect, test } from "vitest";
import { checkAnswer } from "../rig/check-answer.js";

const STOCK = {
  sku: "MUG-1",
  onHand: 1,
  reserved: 0,
  available: 1,
  warehouses: [{ warehouse: "main", onHand: 1, reserved: 0, available: 1 }],
};
const problem = (slug: string, status: number) => ({
  type: `https://idem.example/problems/${slug}`,
  code: slug,
  title: "A title",
  status,
  detail: "A detail.",
  requestId: "0b4b8f6e-0c8a-4a51-9b52-6f4d3f1f8a11",
});
const check = (status: number, body: unknown) => () =>
  checkAnswer("GET", "https://idem.example/v1/stock/MUG-1", status, body);

test("an answer is held against the schema of its route and status", () => {
  expect(check(200, STOCK)).not.toThrow();
  expect(check(404, problem("not-found", 404))).not.toThrow();
});

test.each<[string, number, unknown]>([
  ["a member of another type", 200, { ...STOCK, onHand: "1" }],
  ["a member that is missing", 200, { sku: "MUG-1" }],
  ["a member that no schema has", 200, { ...STOCK, colour: "red" }],
  ["a nested member that no schema has", 200, { ...STOCK, warehouses: [{ ...STOCK.warehouses[0], shelf: 7 }] }],
  ["a status that the route does not document", 202, STOCK],
  ["a problem that the route does not document", 409, problem("order-not-cancellable", 409)],
  ["a problem under another status", 409, problem("not-found", 409)],
  ["a problem whose code is not the end of its type", 404, { ...problem("not-found", 404), code: "internal" }],
  ["an internal error", 500, problem("internal", 500)],
])("an answer with %s names its route", (_name, status, body) => {
  expect(check(status, body)).toThrow(`GET /v1/stock/{sku} ${status} is not as documented`);
});
