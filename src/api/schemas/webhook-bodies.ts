import { z } from "@hono/zod-openapi";
import { ATTEMPT_ERRORS, DELIVERY_STATUSES, DISABLED_REASONS } from "../../domain/webhook-attempt.js";
import type { RedeliverRequest as Redeliver } from "../../services/redeliver-webhooks.js";
import type { WebhookEndpointRequest as Endpoint } from "../../services/manage-webhook-endpoints.js";
import { EventType } from "./feed.js";
import { Count, OrderId, text } from "./text.js";
import { Time } from "./time.js";
import { WEB_RESOURCE } from "./web-url.js";

const Target = text(500).regex(WEB_RESOURCE, "must be an https URL without credentials and fragment").openapi({
  format: "uri",
  pattern: WEB_RESOURCE.source,
  description: "An https URL of a public address, without credentials and fragment.",
  example: "https://shop.example/idem-events",
});

const Types = z
  .array(EventType)
  .min(1)
  .max(100)
  .refine((types) => new Set(types).size === types.length, "must not name a type twice")
  .openapi({ uniqueItems: true, description: "The types of events to deliver; all when absent." });

export const WebhookEndpointRequest: z.ZodType<Endpoint> = z
  .strictObject({ url: Target, types: Types.optional() })
  .openapi("WebhookEndpointRequest", {
    example: { url: "https://shop.example/idem-events", types: ["order.confirmed", "order.cancelled"] },
  });

/** A request that says all by its path. */
export const NoContent: z.ZodType<object> = z.strictObject({}).openapi("NoContent");

const Instant = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value))
  .openapi({ type: "string", format: "date-time", example: "2026-11-25T10:00:00.000Z" });

export const RedeliverRequest: z.ZodType<Redeliver> = z
  .strictObject({
    from: Instant.openapi({ description: "Of the oldest event, inclusive." }),
    to: Instant.optional().openapi({ description: "Exclusive; now when absent." }),
  })
  .openapi("RedeliverRequest", { example: { from: "2026-11-25T10:00:00.000Z" } });

export const WebhookEndpointId = z
  .string()
  .regex(/^whe_[a-z2-7]{32}$/)
  .openapi({ example: "whe_4gq2ykd7sw3vjc5p6xqzr2na7mfe3thb" });

export const WebhookDeliveryId = z
  .string()
  .regex(/^(?:evt_[a-z2-7]{32}_[1-9][0-9]{0,4}_[1-9][0-9]{0,8}|png_[a-z2-7]{32})$/)
  .openapi({ description: "The event's id, or a ping's.", example: "evt_4gq2ykd7sw3vjc5p6xqzr2na7mfe3thb_1_7" });

export const WebhookEndpoint = z
  .object({
    id: WebhookEndpointId,
    url: z.string(),
    types: z.array(EventType).nullable().openapi({ description: "Null for all." }),
    status: z.enum(["enabled", "disabled"]),
    disabledAt: Time.nullable(),
    disabledReason: z.enum(DISABLED_REASONS).nullable().openapi({
      description: "`gone`: it answered 410. `failing`: it accepted nothing for `WEBHOOK_GIVE_UP_AFTER`.",
    }),
    failingSince: Time.nullable().openapi({ description: "Since when it has accepted nothing." }),
    createdAt: Time,
    links: z.object({ self: z.string(), deliveries: z.string() }),
  })
  .openapi("WebhookEndpoint");

export const WebhookEndpointWithSecret = WebhookEndpoint.extend({
  secret: z.string().openapi({
    description: "Signs what is delivered (Standard Webhooks). Shown in this answer and its repeats only.",
    example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  }),
}).openapi("WebhookEndpointWithSecret");

export const WebhookEndpointList = z.object({ items: z.array(WebhookEndpoint) }).openapi("WebhookEndpointList");

export const WebhookDelivery = z
  .object({
    id: WebhookDeliveryId,
    type: z.enum([...EventType.options, "ping"]),
    orderId: OrderId.nullable(),
    occurredAt: Time,
    status: z.enum(DELIVERY_STATUSES),
    nextAttemptAt: Time.nullable().openapi({ description: "While `pending`: not before." }),
    attemptCount: Count,
    attempts: z
      .array(
        z.object({
          at: Time,
          durationMs: Count,
          statusCode: z.int().nullable().openapi({ description: "The answer's." }),
          error: z.enum(ATTEMPT_ERRORS).nullable().openapi({ description: "Why there was no answer." }),
          excerpt: z.string().nullable().openapi({ description: "The beginning of the answer's body." }),
        }),
      )
      .openapi({ description: "The last 20, oldest first." }),
  })
  .openapi("WebhookDelivery");

export const WebhookDeliveryList = z
  .object({ items: z.array(WebhookDelivery), nextCursor: z.string().nullable() })
  .openapi("WebhookDeliveryList");

export const RedeliveredRange = z
  .object({
    deliveries: Count.openapi({ description: "How many are delivered again." }),
    nextFrom: Time.nullable().openapi({ description: "Where to go on, when there are more than one request takes." }),
  })
  .openapi("RedeliveredRange");
