import { z } from "@hono/zod-openapi";

/** PostgreSQL cannot keep U+0000 in a text. */
const text = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((value) => !value.includes("\u0000"), "must not contain U+0000");

export const Text = text(500);
export const Sku = text(100);
export const Warehouse = text(100);
