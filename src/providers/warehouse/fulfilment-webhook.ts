import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { MAX_EVENT_ID, type ProviderEvent, type ProviderFact } from "../../domain/fact.js";
import { tracking } from "./tracking.js";

const Event = z.object({ type: z.string().max(200), data: z.record(z.string(), z.unknown()) });

const Shipment = z.object({
  id: z.string().max(200),
  orderId: z.string().max(200),
  ...tracking,
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
  const body = verifiedBody(secrets, raw, headers);
  if (body === undefined) return null;
  const eventId = headers["webhook-id"] ?? "";
  if (eventId.length > MAX_EVENT_ID) return null;
  const event = Event.safeParse(body);
  const known = { provider: "fulfilment", eventId } as const;
  if (!event.success) return { ...known, type: "unreadable", orderId: null, fact: null };
  return { ...known, type: event.data.type, ...meaningOf(event.data) };
}

function meaningOf({ type, data }: z.infer<typeof Event>): { orderId: string | null; fact: ProviderFact | null } {
  const shipment = Shipment.safeParse(data);
  if (!shipment.success || !isKnownType(type)) return { orderId: null, fact: null };
  const { id, orderId, ...tracked } = shipment.data;
  return {
    orderId,
    fact: { about: "shipment", shipment: { id, orderId, status: STATUS[type], ...tracked } },
  };
}

function isKnownType(type: string): type is keyof typeof STATUS {
  return Object.hasOwn(STATUS, type);
}

/** The JSON that one of the secrets signed; undefined for any other body, an empty one included. */
function verifiedBody(secrets: readonly string[], raw: Buffer, headers: Record<string, string>): unknown {
  for (const secret of secrets) {
    try {
      return new Webhook(secret).verify(raw, headers);
    } catch {
      // Not under this secret, or a body that is no JSON.
    }
  }
  return undefined;
}
