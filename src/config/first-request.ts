const ORDER = {
  reference: "cart-981",
  currency: "EUR",
  customer: { email: "ada@example.com", name: "Ada" },
  shipTo: { line1: "1 High St", city: "London", postalCode: "N1 1AA", country: "GB" },
  lines: [{ sku: "MUG-1", quantity: 2, unitPrice: 1250 }],
  total: 2500,
  payment: { method: "pm_card_visa" },
  metadata: { channel: "web" },
};

/** The order that README, banner and first page propose, to be sent twice. */
export function firstRequest(base: string, apiKey = "<api key>"): string {
  return [
    `curl -i ${base}/v1/orders \\`,
    `  -H 'Authorization: Bearer ${apiKey}' \\`,
    "  -H 'Content-Type: application/json' \\",
    "  -H 'Idempotency-Key: cart-981-attempt-1' \\",
    `  -d '${JSON.stringify(ORDER)}'`,
  ].join("\n");
}
