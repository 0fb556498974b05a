import { z } from "@hono/zod-openapi";
import { EXAMPLE_ORDER } from "../../domain/example-order.js";
import { sumOf } from "../../domain/money.js";
import type { OrderRequest as Order } from "../../domain/order-request.js";
import { Count, Integer, Sku, Text, text } from "./text.js";
import { WEB_PAGE } from "./web-url.js";

const REGIONS = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
const LETTERS = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
const COUNTRIES = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter(
  (code) => REGIONS.of(code) !== undefined,
);

export const Amount = Count.openapi({ description: "Minor units of the order's currency.", example: 2500 });

export const Currency = z
  .enum(Intl.supportedValuesOf("currency"), "must be an ISO 4217 code in use")
  .openapi("Currency", { description: "ISO 4217.", example: "EUR" });

const Country = z
  .enum(COUNTRIES, "must be an ISO 3166 alpha-2 code in use")
  .openapi("Country", { description: "ISO 3166 alpha-2.", example: "GB" });

export const Customer = z.strictObject({
  email: Text.pipe(z.email()).openapi({ pattern: z.regexes.email.source, example: "ada@example.com" }),
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

export const Adjustment = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("discount"), label: Text, amount: Integer }),
  z.strictObject({
    kind: z.enum(["shipping", "tax"]),
    label: Text,
    amount: Integer.min(0, "may be negative only for a discount"),
  }),
]);

/** The types of the library know no `propertyNames`. */
const METADATA = {
  maxProperties: 20,
  propertyNames: { minLength: 1, maxLength: 500, pattern: "^[^\\u0000]*$" },
  example: { channel: "web" },
};

export const Metadata = z
  .record(Text, Text)
  .refine((pairs) => Object.keys(pairs).length <= 20, "must have at most 20 pairs")
  .openapi(METADATA);

const Payment = z.strictObject({
  method: Text.openapi({ description: "A payment method id of the provider.", example: "pm_card_visa" }),
  returnUrl: text(500).regex(WEB_PAGE, "must be an http or https URL").optional().openapi({
    format: "uri",
    pattern: WEB_PAGE.source,
    description: "Where the customer returns to after acting.",
    example: "https://shop.example/orders/cart-981",
  }),
});

/** What a shop asks for. */
export const OrderRequest: z.ZodType<Order> = z
  .strictObject({
    reference: Text.optional().openapi({ example: "cart-981" }),
    uniqueReference: z.boolean().optional().openapi({
      description:
        "Whether to refuse the order while another one of its `reference` is neither rejected nor cancelled. Requires `reference`.",
    }),
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
    if (order.uniqueReference && order.reference === undefined) {
      context.addIssue({ code: "custom", path: ["reference"], message: "Required with uniqueReference" });
    }
    if (order.total > 0 && order.payment === undefined) {
      context.addIssue({ code: "custom", path: ["payment"], message: "Required unless the total is 0" });
    }
  })
  .openapi("OrderRequest", { example: EXAMPLE_ORDER });
