import { EXAMPLE_ORDER } from "../domain/example-order.js";

/** The order that README, banner and first page propose, to be sent twice. */
export function firstRequest(base: string, apiKey = "<api key>"): string {
  return [
    `curl -i ${base}/v1/orders \\`,
    `  -H 'Authorization: Bearer ${apiKey}' \\`,
    "  -H 'Content-Type: application/json' \\",
    "  -H 'Idempotency-Key: cart-981-attempt-1' \\",
    `  -d '${JSON.stringify(EXAMPLE_ORDER)}'`,
  ].join("\n");
}
