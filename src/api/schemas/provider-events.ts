import { z } from "@hono/zod-openapi";
import { MAX_EVENT_ID } from "../../domain/fact.js";
import { Text } from "./text.js";

/** What providers send. These describe: an event counts by its signature, and one that cannot be read is stored all the same. */

export const EventId = z.string().regex(new RegExp(`^[!-~]{1,${MAX_EVENT_ID}}$`));

export const StripeEvent = z
  .looseObject({
    id: EventId.openapi({ example: "evt_1Nk2" }),
    type: Text.openapi({ example: "payment_intent.succeeded" }),
  })
  .openapi("StripeEvent", { description: "An event as Stripe's API reference describes it." });

export const FulfilmentEvent = z
  .looseObject({
    type: Text.openapi({ example: "shipment.shipped" }),
    timestamp: z.iso.datetime({ offset: true }).optional().openapi({ example: "2026-11-25T10:00:00.000Z" }),
    data: z.looseObject({}).openapi({ example: { id: "shp_3thb4gq2ykd7sw3vjc5p6xqzr2na7mfe", carrier: "Parcel" } }),
  })
  .openapi("FulfilmentEvent");
