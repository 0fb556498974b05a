import { z } from "@hono/zod-openapi";
import { RESOLUTIONS } from "../../domain/attention.js";
import type { CancelRequest as Cancel } from "../../services/cancel-order.js";
import type { DecisionRequest as Decision } from "../../services/decide-order.js";
import type { RefundRequest as Refund } from "../../services/refund-order.js";
import type { ResolutionRequest as Resolution } from "../../services/resolve-order.js";
import type { StockRequest as Stock } from "../../services/set-stock.js";
import { Text, Warehouse } from "./text.js";

// Optional members of the use cases are absent or there, never undefined; zod's types cannot say so.
const as = <T>(schema: z.ZodType): z.ZodType<T> => schema as z.ZodType<T>;

export const CancelRequest = as<Cancel>(z.strictObject({ reason: Text.optional() }).openapi("CancelRequest"));

export const DecisionRequest = as<Decision>(
  z.strictObject({ decision: z.enum(["approve", "decline"]), note: Text.optional() }).openapi("DecisionRequest"),
);

export const RefundRequest = as<Refund>(
  z
    .strictObject({
      amount: z.int().min(1).optional().openapi({ description: "Minor units; all that is left when absent." }),
      reason: Text.optional(),
    })
    .openapi("RefundRequest"),
);

export const ResolutionRequest = as<Resolution>(
  z
    .strictObject({ action: z.enum(RESOLUTIONS), reference: Text.optional(), reason: Text })
    .openapi("ResolutionRequest"),
);

export const StockRequest = as<Stock>(
  z.strictObject({ onHand: z.int().min(0), warehouse: Warehouse.default("main") }).openapi("StockRequest"),
);
