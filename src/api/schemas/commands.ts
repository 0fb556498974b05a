import { z } from "@hono/zod-openapi";
import { RESOLUTIONS } from "../../domain/attention.js";
import type { CancelRequest as Cancel } from "../../services/cancel-order.js";
import type { DecisionRequest as Decision } from "../../services/decide-order.js";
import type { RefundRequest as Refund } from "../../services/refund-order.js";
import type { ResolutionRequest as Resolution } from "../../services/resolve-order.js";
import type { StockRequest as Stock } from "../../services/set-stock.js";
import { Count, Integer, Text, Warehouse } from "./text.js";

export const CancelRequest: z.ZodType<Cancel> = z.strictObject({ reason: Text.optional() }).openapi("CancelRequest");

export const DecisionRequest: z.ZodType<Decision> = z
  .strictObject({ decision: z.enum(["approve", "decline"]), note: Text.optional() })
  .openapi("DecisionRequest");

export const RefundRequest: z.ZodType<Refund> = z
  .strictObject({
    amount: Integer.min(1).optional().openapi({ description: "Minor units; all that is left when absent." }),
    reason: Text.optional(),
  })
  .openapi("RefundRequest");

export const ResolutionRequest: z.ZodType<Resolution> = z
  .strictObject({
    action: z.enum(RESOLUTIONS),
    attention: Text.optional().openapi({ description: "The attention it is for; the oldest open one when absent." }),
    reference: Text.optional().openapi({ description: "The provider's own id of what was done." }),
    paidOtherwise: z.literal(true).optional().openapi({
      description: "With `mark-done` of a capture: the money came another way, and the authorization is released.",
    }),
    reason: Text,
  })
  .openapi("ResolutionRequest");

export const StockRequest: z.ZodType<Stock> = z
  .strictObject({ onHand: Count, warehouse: Warehouse.default("main") })
  .openapi("StockRequest");
