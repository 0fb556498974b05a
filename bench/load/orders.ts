import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";

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

// Not fetch: it costs several times as much, on the machine that is being measured.
const agent = new Agent({ keepAlive: true });

/** POSTs one JSON body; the text of the answer, which is an error unless its status is `expected`. */
export function post(
  url: string,
  body: object,
  { key = fresh(), bearer = "", method = "POST", expected = [202] }: PostOptions = {},
): Promise<string> {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = {
    Authorization: `Bearer ${bearer}`,
    "Content-Type": "application/json",
    "Content-Length": bytes.length,
    "Idempotency-Key": key,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers }, (response) => {
      let text = "";
      const status = response.statusCode ?? 0;
      response.setEncoding("utf8").on("error", reject);
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        if (expected.includes(status)) resolve(text);
        else reject(new Error(`${url} answered ${status}: ${text}`));
      });
    });
    sent.on("error", (error) => {
      // Closed by the service in the moment it was taken up again: the same request under the same key.
      if (sent.reusedSocket && isReset(error)) resolve(post(url, body, { key, bearer, method, expected }));
      else reject(error);
    });
    sent.end(bytes);
  });
}

/** Sends the bench's order, under a key and a reference that nobody used before unless given; the text of the answer. */
export function placeOrder(
  { base, bearer }: { base: string; bearer: string },
  { key, reference = fresh(), skus }: { key?: string; reference?: string; skus?: readonly string[] } = {},
): Promise<string> {
  return post(`${base}/v1/orders`, benchOrder(reference, skus), { bearer, ...(key !== undefined && { key }) });
}

/** A key, or a reference, that nobody used before. */
export function fresh(): string {
  return randomUUID();
}

function isReset(error: Error): boolean {
  return "code" in error && error.code === "ECONNRESET";
}
