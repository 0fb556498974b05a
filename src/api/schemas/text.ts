import { z } from "@hono/zod-openapi";

/** PostgreSQL cannot keep U+0000 in a text. Characters are code points, as JSON Schema counts them. */
export const text = (longest: number) =>
  z
    .string()
    .min(1)
    .regex(/^[^\u0000]*$/, "must not contain U+0000")
    .refine((value) => isAtMost(value, longest), `Expected at most ${longest} characters`)
    .openapi({ maxLength: longest });

function isAtMost(value: string, longest: number): boolean {
  return value.length <= longest || Array.from(value).length <= longest;
}

export const Text = text(500);
export const Sku = text(100);
export const Warehouse = text(100);

/** An integer that JSON carries exactly (RFC 8259). */
export const Integer = z.int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);
export const Count = Integer.min(0);

/** An id of ours, as src/idempotency derives it. */
const idOf = (prefix: string, example: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[a-z2-7]{32}$`))
    .openapi({ example });

export const OrderId = idOf("ord", "ord_4gq2ykd7sw3vjc5p6xqzr2na7mfe3thb");
export const RefundId = idOf("ref", "ref_7mfe3thb4gq2ykd7sw3vjc5p6xqzr2na");
export const ShipmentId = idOf("shp", "shp_3thb4gq2ykd7sw3vjc5p6xqzr2na7mfe");
export const AttentionId = idOf("att", "att_2na7mfe3thb4gq2ykd7sw3vjc5p6xqzr");
export const KeyId = z
  .string()
  .regex(/^[0-9a-f]{12}$/)
  .openapi({ description: "The id of the API key that it came with.", example: "3fa90c12be47" });
export const MovementId = idOf("mov", "mov_ykd7sw3vjc5p6xqzr2na7mfe3thb4gq2");
