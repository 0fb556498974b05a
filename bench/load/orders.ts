import { randomUUID } from "node:crypto";

/** The order that every contender takes. */
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

interface PostOptions {
  key?: string;
  bearer?: string;
  method?: "POST" | "PUT";
  expected?: readonly number[];
}

/** POSTs one JSON body; the text of the answer, which is an error unless its status is `expected`. */
export async function post(
  url: string,
  body: object,
  { key = fresh(), bearer = "", method = "POST", expected = [202] }: PostOptions = {},
): Promise<string> {
  const response = await fetch(url, {
    method,
    headers: { Authorization: `Bearer ${bearer}`, "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!expected.includes(response.status)) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text;
}

/** A key, or a reference, that nobody used before. */
export function fresh(): string {
  return randomUUID();
}
