import { z } from "@hono/zod-openapi";
import { EXAMPLE_ORDER } from "../../domain/example-order.js";
import { RESOLUTIONS } from "../../domain/attention.js";
import type { AddressRequest as Address } from "../../services/change-address.js";
import type { CancelRequest as Cancel } from "../../services/cancel-order.js";
import type { DecisionRequest as Decision } from "../../services/decide-order.js";
import type { RefundRequest as Refund } from "../../services/refund-order.js";
import type { ResolutionRequest as Resolution } from "../../services/resolve-order.js";
import type { MovementRequest as Movement } from "../../services/move-stock.js";
import type { StockRequest as Stock } from "../../services/set-stock.js";
import { ShipTo } from "./order-body.js";
import { Count, Integer, Text, Warehouse } from "./text.js";

export const CancelRequest: z.ZodType<Cancel> = z
  .strictObject({ reason: Text.optional() })
  .openapi("CancelRequest", { example: { reason: "ordered twice" } });

export const AddressRequest: z.ZodType<Address> = z
  .strictObject({ shipTo: ShipTo })
  .openapi("AddressRequest", { example: { shipTo: EXAMPLE_ORDER.shipTo } });

export const DecisionRequest: z.ZodType<Decision> = z
  .strictObject({ decision: z.enum(["approve", "decline"]), note: Text.optional() })
  .openapi("DecisionRequest", { example: { decision: "approve" } });

export const RefundRequest: z.ZodType<Refund> = z
  .strictObject({
    amount: Integer.min(1).optional().openapi({ description: "Minor units; all that is left when absent." }),
    reason: Text.optional(),
  })
  .openapi("RefundRequest", { example: { amount: 500, reason: "arrived broken" } });

export const RefreshRequest: z.ZodType<Record<string, never>> = z.strictObject({}).openapi("RefreshRequest");

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
  .openapi("ResolutionRequest", { example: { action: "retry", reason: "the provider is back" } });

export const StockRequest: z.ZodType<Stock> = z
  .strictObject({ onHand: Count, warehouse: Warehouse.default("main") })
  .openapi("StockRequest", { example: { onHand: 1_000_000 } });

/** The types of the library know no `not`. */
const NOT_ZERO = { not: { const: 0 }, description: "Units that come, or go where it is negative." };

export const MovementRequest: z.ZodType<Movement> = z
  .strictObject({
    delta: Integer.refine((delta) => delta !== 0, "Must not be 0").openapi(NOT_ZERO),
    warehouse: Warehouse.default("main"),
    reason: Text.optional(),
  })
  .openapi("MovementRequest", { example: { delta: 24, reason: "delivery note 4711" } });
