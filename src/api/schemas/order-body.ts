import { z } from "@hono/zod-openapi";
import { sumOf } from "../../domain/money.js";
import type { OrderRequest as Order } from "../../domain/order-request.js";
import { Sku, Text } from "./text.js";

const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));
const REGIONS = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });

export const Amount = z.int().min(0).openapi({ description: "Minor units of the order's currency.", example: 2500 });

export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/, "must be an ISO 4217 code")
  .refine((code) => CURRENCIES.has(code), "must be an ISO 4217 code in use")
  .openapi({ example: "EUR" });

const Country = z
  .string()
  .regex(/^[A-Z]{2}$/, "must be an ISO 3166 alpha-2 code")
  .refine((code) => REGIONS.of(code) !== undefined, "must be an ISO 3166 alpha-2 code in use")
  .openapi({ example: "GB" });

export const Customer = z.strictObject({
  email: Text.pipe(z.email()).openapi({ example: "ada@example.com" }),
  name: Text.optional().openapi({ example: "Ada" }),
  phone: Text.optional(),
});

export const ShipTo = z.strictObject({
  name: Text.optional(),
  line1: Text.openapi({ example: "1 High St" }),
  line2: Text.optional(),
  city: Text.openapi({ example: "London" }),
  state: Text.optional(),
  postalCode: Text.optional().openapi({ example: "N1 1AA" }),
  country: Country,
});

export const Line = z.strictObject({
  sku: Sku.openapi({ example: "MUG-1" }),
  quantity: z.int().min(1).max(1_000_000).openapi({ example: 2 }),
  unitPrice: z
    .int()
    .min(0)
    .max(10 ** 12)
    .openapi({ description: "Minor units.", example: 1250 }),
});

export const Adjustment = z
  .strictObject({ kind: z.enum(["shipping", "tax", "discount"]), label: Text, amount: z.int() })
  .refine(({ kind, amount }) => kind === "discount" || amount >= 0, {
    path: ["amount"],
    message: "may be negative only for a discount",
  });

export const Metadata = z
  .record(Text, Text)
  .refine((pairs) => Object.keys(pairs).length <= 20, "must have at most 20 pairs")
  .openapi({ example: { channel: "web" } });

const Payment = z.strictObject({
  method: Text.openapi({ description: "A payment method id of the provider.", example: "pm_card_visa" }),
  returnUrl: Text.pipe(z.url({ protocol: /^https?$/ }))
    .optional()
    .openapi({ description: "Where the customer returns to after acting." }),
});

/** What a shop asks for. */
export const OrderRequest: z.ZodType<Order> = z
  .strictObject({
    reference: Text.optional().openapi({ example: "cart-981" }),
    currency: Currency,
    customer: Customer,
    shipTo: ShipTo,
    lines: z.array(Line).min(1).max(100),
    adjustments: z.array(Adjustment).max(20).optional(),
    total: Amount,
    payment: Payment.optional(),
    metadata: Metadata.optional(),
  })
  .superRefine((order, context) => {
    if (sumOf(order.lines, order.adjustments) !== BigInt(order.total)) {
      context.addIssue({ code: "custom", path: ["total"], message: "Must equal the sum of lines and adjustments" });
    }
    if (order.total > 0 && order.payment === undefined) {
      context.addIssue({ code: "custom", path: ["payment"], message: "Required unless the total is 0" });
    }
  })
  .openapi("OrderRequest");
