import { Webhook } from "standardwebhooks";
import { z } from "zod";
import type { ProviderEvent, ProviderFact } from "../../database/provider-events.js";

const Event = z.object({ type: z.string().max(200), data: z.record(z.string(), z.unknown()) });

const Shipment = z.object({
  id: z.string(),
  orderId: z.string(),
  carrier: z.string().nullish(),
  trackingNumber: z.string().nullish(),
});

const STATUS = {
  "shipment.shipped": "shipped",
  "shipment.delivered": "delivered",
  "shipment.failed": "failed",
} as const;

/** Reads a warehouse event (Standard Webhooks); null when its signature holds under none of the secrets. */
export function readFulfilmentEvent(
  secrets: readonly string[],
  raw: Buffer,
  header: (name: string) => string | undefined,
): ProviderEvent | null {
  const headers = Object.fromEntries(
    ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, header(name) ?? ""]),
  );
  if (!secrets.some((secret) => holds(secret, raw, headers))) return null;
  const event = Event.safeParse(JSON.parse(raw.toString("utf8")));
  const nothing = {
    provider: "fulfilment",
    eventId: headers["webhook-id"] ?? "",
    orderId: null,
    fact: { about: "nothing" },
  } as const;
  if (!event.success) return { ...nothing, type: "unreadable" };
  return { ...nothing, type: event.data.type, ...meaningOf(event.data) };
}

function meaningOf({ type, data }: z.infer<typeof Event>): { orderId: string | null; fact: ProviderFact } {
  const shipment = Shipment.safeParse(data);
  if (!shipment.success || !(type in STATUS)) return { orderId: null, fact: { about: "nothing" } };
  const { id, orderId, carrier, trackingNumber } = shipment.data;
  return {
    orderId,
    fact: {
      about: "shipment",
      shipment: {
        id,
        status: STATUS[type as keyof typeof STATUS],
        carrier: carrier ?? null,
        trackingNumber: trackingNumber ?? null,
      },
    },
  };
}

function holds(secret: string, raw: Buffer, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(raw, headers);
    return true;
  } catch {
    return false; // not under this secret, or a body that is no JSON
  }
}
