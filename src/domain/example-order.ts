import type { OrderRequest } from "./order-request.js";

/** The order that README, the banner, the first page and the reference propose: the demo has it in stock. */
export const EXAMPLE_ORDER: OrderRequest = {
  reference: "cart-981",
  currency: "EUR",
  customer: { email: "ada@example.com", name: "Ada" },
  shipTo: { line1: "1 High St", city: "London", postalCode: "N1 1AA", country: "GB" },
  lines: [{ sku: "MUG-1", quantity: 2, unitPrice: 1250 }],
  total: 2500,
  payment: { method: "pm_card_visa" },
  metadata: { channel: "web" },
};
