import { z } from "zod";
import { stripeEvent, stripeEventBody } from "../payments/stripe-context.js";
import type { Simulation } from "../simulation.js";
import type { EventRecord } from "../webhooks/event-outbox.js";
import { DELIVERY_MODES } from "../webhooks/webhook-signing.js";
import { selectPayments, selectShipments, Selector } from "./selectors.js";

const Members = z.record(z.string(), z.unknown());
type Members = z.infer<typeof Members>;

export const WebhookRequest = Selector.extend({
  provider: z.enum(["stripe", "fulfilment"]).default("stripe"),
  type: z.string(),
  /** `last` sends the newest recorded event of that type again under its own id; `fresh` creates one from the current state. */
  which: z.enum(["last", "fresh"]).default("last"),
  mode: z.enum(DELIVERY_MODES).default("good"),
  /** Replaces members of the event's object. */
  change: Members.optional(),
  /** A body that is sent and signed as is. */
  raw: z.string().optional(),
  /** The object of an event about something unknown. */
  object: Members.optional(),
  count: z.number().int().positive().default(1),
  parallel: z.boolean().default(false),
});
export type WebhookRequest = z.infer<typeof WebhookRequest>;

export interface SentWebhook {
  id: string;
  statuses: number[];
}

/** Sends one event now, once or several times. */
export async function sendWebhook(simulation: Simulation, request: WebhookRequest): Promise<SentWebhook> {
  const event = lastEvent(simulation, request) ?? freshEvent(simulation, request);
  const body = request.raw ?? (request.change ? changed(event, request.change) : event.body);
  const deliver = () => simulation.outbox.deliver(event, request.mode, body);
  const statuses: number[] = [];
  if (request.parallel) statuses.push(...(await Promise.all(Array.from({ length: request.count }, deliver))));
  else for (let sent = 0; sent < request.count; sent += 1) statuses.push(await deliver());
  return { id: event.id, statuses };
}

function lastEvent(
  { outbox }: Simulation,
  { which, provider, type, order, payment, object }: WebhookRequest,
): EventRecord | undefined {
  if (which === "fresh" || object) return undefined;
  const rows = order === undefined ? outbox.events.all() : outbox.events.of(order);
  return rows.findLast(
    (event) =>
      event.provider === provider && event.type === type && (payment === undefined || event.about.payment === payment),
  );
}

function freshEvent(simulation: Simulation, request: WebhookRequest): EventRecord {
  const { outbox, stripe, warehouse } = simulation;
  const { provider, type, object = {} } = request;
  const [payment] = selectPayments(simulation, request);
  const [shipment] = selectShipments(simulation, request);
  if (provider === "stripe" && payment) return stripeEvent(stripe, payment, type);
  if (provider === "fulfilment" && shipment) return warehouse.event(type, shipment);
  const stripeObject = { id: "obj_1", object: "thing", ...object };
  return outbox.record({
    provider,
    type,
    order: null,
    about: {},
    body: (id) =>
      provider === "stripe"
        ? stripeEventBody(id, type, stripeObject)
        : { type, timestamp: new Date().toISOString(), data: object },
  });
}

const Body = z.looseObject({ data: Members });

function changed({ provider, body }: EventRecord, change: Members): string {
  const value = Body.parse(JSON.parse(body));
  if (provider === "fulfilment") return JSON.stringify({ ...value, data: merged(value.data, change) });
  const object = merged(Members.parse(value.data["object"]), change);
  return JSON.stringify({ ...value, data: { ...value.data, object } });
}

/** Merges a change into a value, member by member, recursively. */
function merged(value: Members, change: Members): Members {
  const result = { ...value };
  for (const [name, member] of Object.entries(change)) {
    const inner = Members.safeParse(result[name]);
    const over = Members.safeParse(member);
    result[name] = inner.success && over.success ? merged(inner.data, over.data) : member;
  }
  return result;
}
