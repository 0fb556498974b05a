import { z } from "@hono/zod-openapi";
import { ATTENTION_CAUSES, RESOLUTIONS } from "../../domain/attention.js";
import { EMAIL_KINDS } from "../../domain/email.js";
import { FAILURE_CODES } from "../../domain/failure.js";
import { ACTORS, TIMELINE, type TimelineType } from "../../domain/timeline.js";
import { Amount, Currency } from "./order-body.js";
import { AttentionId, Count, KeyId, RefundId, ShipmentId } from "./text.js";
import { Time } from "./time.js";

const text = z.string();
const nothing = {};
const shipment = { shipment: ShipmentId };
const reference = { reference: text.openapi({ description: "The provider's own id.", example: "pi_3Nk2" }) };
const attention = { attention: AttentionId, step: text.openapi({ example: "capture/shp_3thb" }) };
const attentionWithCause = { ...attention, cause: z.enum(ATTENTION_CAUSES) };
const email = {
  kind: z.enum(EMAIL_KINDS),
  about: text.optional().openapi({ description: "The shipment or refund, where it is about one." }),
};
/** What the provider said, where it said anything. */
const reason = {
  code: text.optional(),
  declineCode: text.optional(),
  message: text.optional(),
  requestId: text.optional(),
};

/** The members of `data`, by the type of the event. */
const DATA: Record<TimelineType, z.ZodRawShape> = {
  "order.accepted": nothing,
  "address.changed": nothing,
  "stock.reserved": { shipments: Count },
  "stock.refused": {
    reason: z.enum(FAILURE_CODES),
    sku: text.optional().openapi({ description: "The first that lacks.", example: "LAST-1" }),
  },
  "stock.released": { shipment: ShipmentId.optional() },
  "payment.unknown": nothing,
  "payment.action_required": reference,
  "payment.authorized": { amount: Amount, currency: Currency, ...reference },
  "payment.declined": { reason: text, ...reason },
  "payment.refused": { reason: text, ...reason },
  "payment.expired": nothing,
  "payment.mismatch": {
    step: text.optional(),
    amount: z.number().optional(),
    currency: text.optional(),
    expectedAmount: Amount.optional(),
    expectedCurrency: Currency.optional(),
    reference: text.optional(),
  },
  "payment.captured": { amount: Amount, ...shipment, reference: text.nullable() },
  "payment.captured_outside": { received: z.number(), ...reference },
  "payment.released": { amount: Amount },
  "payment.voided": { amount: Amount },
  "payment.late": { amount: z.number(), ...reference },
  "approval.requested": { total: Amount, threshold: Amount },
  "approval.approved": nothing,
  "approval.declined": nothing,
  "approval.expired": nothing,
  "authorization.expiring": nothing,
  "order.confirmed": nothing,
  "order.rejected": { reason: z.enum(FAILURE_CODES) },
  "shipment.requested": { ...shipment, warehouse: text },
  "shipment.mismatch": { shipment: text },
  "shipment.shipped": shipment,
  "shipment.delivered": shipment,
  "shipment.failed": { ...shipment, afterShipping: z.boolean() },
  "shipment.recalled": shipment,
  "shipment.late": { ...shipment, status: z.enum(["shipped", "delivered", "failed"]) },
  "cancel.requested": nothing,
  "cancel.lost": shipment,
  "order.cancelled": nothing,
  "order.completed": nothing,
  "refund.requested": { refund: RefundId, amount: Amount, cause: text.optional() },
  "refund.succeeded": { refund: RefundId, amount: Amount },
  "refund.failed": { refund: RefundId, reason: text, ...reason },
  "email.sent": email,
  "email.unknown": { ...email, last: z.boolean() },
  "email.refused": { ...email, reason: text },
  "email.superseded": email,
  "event.mismatch": {
    event: text.optional(),
    amount: z.number().optional(),
    currency: text.optional(),
    reference: text.optional(),
    refund: text.optional(),
    shipment: text.optional(),
    status: text.optional(),
  },
  "run.taken_over": { state: text },
  "attention.raised": {
    ...attentionWithCause,
    amount: Amount,
    actions: text.openapi({ description: "What is possible, comma-separated.", example: "retry,mark-done,skip" }),
    ...reason,
  },
  "attention.cleared": attentionWithCause,
  "attention.resolved": {
    ...attentionWithCause,
    action: z.enum(RESOLUTIONS),
    reference: text.nullable(),
    paidOtherwise: z.literal(true).optional(),
    reason: text,
  },
  "attention.resolution_refused": { ...attention, action: z.enum(RESOLUTIONS), reference: text.nullable() },
  "attention.resolution_superseded": { attention: AttentionId, action: z.enum(RESOLUTIONS) },
};

const EVENTS = Object.entries(DATA).map(([type, data]) =>
  z
    .object({
      id: Count.openapi({ description: "The order's own counter: 1, 2, 3, ...", example: 1 }),
      type: z.literal(type as TimelineType),
      at: Time,
      actor: z.enum(ACTORS),
      data: z.object({ ...data, key: KeyId.optional() }),
    })
    .openapi(nameOf(type), { description: TIMELINE[type as TimelineType] }),
);

/** `payment.authorized` as `PaymentAuthorizedEvent`. */
function nameOf(type: string): string {
  return `${type.replaceAll(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase())}Event`;
}

const [first, ...others] = EVENTS;
if (!first) throw new Error("a timeline has events");

export const TimelineEvent = z.discriminatedUnion("type", [first, ...others]).openapi("TimelineEvent");

export const Timeline = z.object({ items: z.array(TimelineEvent) }).openapi("Timeline");

/** The types of the library know no content keywords. */
const JSON_DATA = {
  contentMediaType: "application/json",
  contentSchema: { $ref: "#/components/schemas/TimelineEvent" },
  description: "The event itself, as JSON.",
  example: '{"id":1,"type":"order.accepted","at":"2026-11-25T10:00:00.000Z","actor":"merchant","data":{}}',
};

/** One event of a `text/event-stream`, by its fields. */
export const StreamedEvent = z
  .object({
    id: z.string().openapi({ description: "The event's `id`.", example: "1" }),
    event: z.enum(Object.keys(TIMELINE) as [TimelineType]).openapi({ description: "The event's `type`." }),
    data: z.string().openapi(JSON_DATA),
  })
  .openapi("StreamedEvent");
