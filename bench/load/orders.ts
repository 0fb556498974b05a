import { randomUUID } from "node:crypto";
import { sendRequest } from "./send-request.js";

/** The order that every system accepts. */
export function benchOrder(reference: string, skus: readonly string[] = ["BENCH-1"]): object {
  return {
    reference,
    currency: "EUR",
    customer: { email: "bench@example.com", name: "Bench" },
    shipTo: { line1: "1 High St", city: "London", postalCode: "N1 1AA", country: "GB" },
    lines: skus.map((sku) => ({ sku, quantity: 1, unitPrice: 1250 })),
    total: 1250 * skus.length,
    payment: { method: "pm_card_visa" },
  };
}

interface KeyedOptions {
  key?: string;
  bearer?: string;
  method?: "POST" | "PUT";
  expected?: readonly number[];
}

/** Sends one JSON body under an idempotency key; the text of the response, which is an error unless its status is `expected`. */
export function post(
  url: string,
  body: object,
  { key = fresh(), bearer = "", method = "POST", expected = [202] }: KeyedOptions = {},
): Promise<string> {
  const headers = {
    Authorization: `Bearer ${bearer}`,
    "Content-Type": "application/json",
    "Idempotency-Key": key,
  };
  return sendRequest(url, { method, headers, body: Buffer.from(JSON.stringify(body)), expected });
}

/** Reads one JSON resource. */
export async function get(url: string, bearer: string): Promise<unknown> {
  const headers = { Authorization: `Bearer ${bearer}` };
  return JSON.parse(await sendRequest(url, { method: "GET", headers, expected: [200] }));
}

/** Sends the bench's order, under an unused key and reference unless given; the text of the response. */
export function placeOrder(
  { base, bearer }: { base: string; bearer: string },
  { key, reference = fresh(), skus }: { key?: string; reference?: string; skus?: readonly string[] } = {},
): Promise<string> {
  return post(`${base}/v1/orders`, benchOrder(reference, skus), { bearer, ...(key !== undefined && { key }) });
}

/** A key, or a reference, that was never used. */
export function fresh(): string {
  return randomUUID();
}
