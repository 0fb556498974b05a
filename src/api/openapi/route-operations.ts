import { z } from "@hono/zod-openapi";
import { TIMELINE } from "../../domain/timeline.js";
import type { ErrorCode } from "../../domain/problem-error.js";
import {
  AddressRequest,
  CancelRequest,
  DecisionRequest,
  MovementRequest,
  RefreshRequest,
  RefundRequest,
  ResolutionRequest,
  StockRequest,
} from "../schemas/commands.js";
import { AttentionListQuery, BatchItemsQuery, DeliveryListQuery, OrderListQuery } from "../schemas/list-queries.js";
import { AttentionBatch, AttentionBatchRequest, BatchItemList } from "../schemas/batch-bodies.js";
import { OrderRequest } from "../schemas/order-body.js";
import { EXPORT_LINES, ExportQuery } from "../schemas/export-lines.js";
import { StockListQuery } from "../schemas/stock-queries.js";
import {
  Acknowledgement,
  AttentionList,
  Execution,
  Order,
  OrderList,
  Readiness,
  Health,
  Reconciliation,
  Refund,
  RefundAcknowledgement,
  RefundList,
  Liveness,
  Stock,
  StockList,
  StockMovement,
  StockMovementList,
} from "../schemas/responses.js";
import { Feed, FeedQuery, StreamedFeedEvent } from "../schemas/feed.js";
import { StreamedEvent, Timeline } from "../schemas/timeline-events.js";
import { FulfilmentEvent, StripeEvent } from "../schemas/provider-events.js";
import {
  NoContent,
  RedeliveredRange,
  RedeliverRequest,
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookEndpoint,
  WebhookEndpointList,
  WebhookEndpointRequest,
  WebhookEndpointWithSecret,
} from "../schemas/webhook-bodies.js";
import {
  linksFromAttentions,
  type Links,
  linksToBatch,
  linksToEndpoint,
  linkToRedelivery,
  linksToOrder,
  linksToRefund,
  linksToStock,
  linkToNextEvents,
  linkToNextPage,
} from "./links.js";

export const TAGS = {
  Orders: "Place orders, follow them, cancel and decide.",
  Refunds: "Give money back.",
  Attentions: "What needs an operator.",
  Stock: "What is on hand.",
  Export: "Everything there is, as lines of JSON.",
  Events: "What happened to any order, as a feed and by webhook.",
  Service: "How the service is.",
  Webhooks: "What providers report.",
  Pages: "Pages for people.",
} as const;

export type Access = "anyone" | "any key" | "merchant" | "operator" | "Stripe" | "warehouse";

export interface Answer {
  description: string;
  schema?: z.ZodType;
  mediaType?: string;
  /** One event of the stream that `Accept: text/event-stream` gets. */
  event?: z.ZodType;
  links?: Links;
}

/** One operation as its callers read it. */
export interface Operation {
  method: "get" | "post" | "put" | "delete";
  path: string;
  id: string;
  tag: keyof typeof TAGS;
  summary: string;
  description: string;
  access: Access;
  keyed?: boolean;
  /** Whether `Prefer: wait` counts. */
  waits?: boolean;
  body?: z.ZodType;
  bodyOptional?: boolean;
  query?: z.ZodObject;
  answers: Partial<Record<200 | 201 | 202 | 204 | 503, Answer>>;
  refusals: readonly ErrorCode[];
}

const READ = ["unauthorized", "rate-limited", "not-found", "order-purged", "unavailable"] as const;
/** A read of the service itself, by an operator. */
const SERVICE_READ = ["unauthorized", "forbidden", "rate-limited", "not-found", "unavailable"] as const;
const KEYED = [
  "unauthorized",
  "forbidden",
  "rate-limited",
  "idempotency-key-missing",
  "idempotency-key-invalid",
  "unsupported-media-type",
  "payload-too-large",
  "malformed-json",
  "idempotency-key-reused",
  "invalid-request",
  "unavailable",
] as const;
const COMMAND = [...KEYED, "not-found", "order-purged"] as const;
const ENDPOINT_READ = ["unauthorized", "forbidden", "rate-limited", "not-found", "unavailable"] as const;
const ENDPOINT_COMMAND = [...KEYED, "not-found"] as const;

const TIMELINE_DESCRIPTION = [
  "With `Accept: text/event-stream` the same events, live: `id` is the SSE id, a stream continues after `Last-Event-ID`" +
    " and ends 5 s after a final status. All types:",
  [
    "| type | meaning |",
    "|---|---|",
    ...Object.entries(TIMELINE).map(([type, meaning]) => `| \`${type}\` | ${meaning} |`),
  ].join("\n"),
].join("\n\n");

const EXPORT_DESCRIPTION =
  'Lines of JSON, oldest order first, made while they are read. The last line is `{"nextCursor"}`: send it as `after` to go on; null at the end. ' +
  "An export without its last line broke off, and is repeated. Purged orders are left out, and what changes behind the export is not shown again.";

function exportOperation(what: keyof typeof EXPORT_LINES, id: string, summary: string): Operation {
  return {
    method: "get",
    path: `/v1/export/${what}`,
    id,
    tag: "Export",
    summary,
    description: EXPORT_DESCRIPTION,
    access: "any key",
    query: ExportQuery,
    answers: {
      200: { description: "One line each", schema: EXPORT_LINES[what], mediaType: "application/x-ndjson" },
    },
    refusals: ["unauthorized", "rate-limited", "invalid-parameter", "unavailable"],
  };
}

const FEED_DESCRIPTION =
  "The timeline events of all orders of the tenant, of the last 30 days, oldest first, each exactly once: an event that is " +
  "recorded late never appears behind a cursor that was given out. Events are thin; read the order for what it is now. " +
  "Events of purged orders are not shown. With `Accept: text/event-stream` the same events, live: the SSE id is the " +
  "event's cursor, and a stream continues after `Last-Event-ID`.";

/** Every operation of the API. test/unit/openapi.test.ts holds it against the routes that are served. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: "post",
    path: "/v1/orders",
    id: "placeOrder",
    tag: "Orders",
    summary: "Place an order",
    description:
      "Accepted once for each key. The acknowledgement is the same, byte for byte, for every repeat; a repeat carries `Idempotent-Replayed: true`.",
    access: "merchant",
    keyed: true,
    waits: true,
    body: OrderRequest,
    answers: {
      202: { description: "Accepted", schema: Acknowledgement, links: linksToOrder("id") },
      200: {
        description: "With `Prefer: wait`: the order, once it left `accepted`",
        schema: Order,
        links: linksToOrder("id"),
      },
    },
    refusals: [...KEYED, "order-purged", "reference-in-use"],
  },
  {
    method: "get",
    path: "/v1/orders",
    id: "listOrders",
    tag: "Orders",
    summary: "List orders",
    description: "Newest first, unless `sort` says otherwise. Unknown parameters are rejected.",
    access: "any key",
    query: OrderListQuery,
    answers: {
      200: {
        description: "A page",
        schema: OrderList,
        links: { ...linkToNextPage("listOrders"), ...linksToOrder("items/0/id") },
      },
    },
    refusals: ["unauthorized", "rate-limited", "invalid-parameter", "unavailable"],
  },
  {
    method: "get",
    path: "/v1/orders/{id}",
    id: "readOrder",
    tag: "Orders",
    summary: "Read an order",
    description: "Reads the order database alone, whatever the state of workers and Temporal.",
    access: "any key",
    answers: { 200: { description: "The order", schema: Order } },
    refusals: READ,
  },
  {
    method: "get",
    path: "/v1/orders/{id}/events",
    id: "readTimeline",
    tag: "Orders",
    summary: "Read the timeline",
    description: TIMELINE_DESCRIPTION,
    access: "any key",
    answers: { 200: { description: "The timeline", schema: Timeline, event: StreamedEvent } },
    refusals: READ,
  },
  {
    method: "post",
    path: "/v1/orders/{id}/cancel",
    id: "cancelOrder",
    tag: "Orders",
    summary: "Cancel an order",
    description: "Possible until a shipment has left. Cancelling twice is idempotent.",
    access: "any key",
    keyed: true,
    body: CancelRequest,
    bodyOptional: true,
    answers: { 200: { description: "The order", schema: Order } },
    refusals: [...COMMAND, "order-not-cancellable"],
  },
  {
    method: "post",
    path: "/v1/orders/{id}/decision",
    id: "decideOrder",
    tag: "Orders",
    summary: "Approve or decline an order",
    description: "Orders at or above the approval threshold wait for a decision; the first one counts.",
    access: "operator",
    keyed: true,
    body: DecisionRequest,
    answers: { 200: { description: "The order", schema: Order } },
    refusals: [...COMMAND, "not-awaiting-decision"],
  },
  {
    method: "post",
    path: "/v1/orders/{id}/address",
    id: "changeAddress",
    tag: "Orders",
    summary: "Change the address",
    description:
      "Replaces `shipTo` as a whole, until a warehouse is asked to ship the order: while it awaits its payment, a customer or an operator. A repeat of the request that placed the order stays a repeat.",
    access: "merchant",
    keyed: true,
    body: AddressRequest,
    answers: { 200: { description: "The order", schema: Order } },
    refusals: [...COMMAND, "address-fixed"],
  },
  {
    method: "post",
    path: "/v1/orders/{id}/refresh",
    id: "refreshOrder",
    tag: "Orders",
    summary: "Ask the providers now",
    description:
      "Polls the providers within seconds about whatever of the order waits for an event of theirs: a shipment, a payment that the customer must complete, a pending refund. What they say is in the timeline then. An order that waits for nothing stays as it is.",
    access: "any key",
    keyed: true,
    body: RefreshRequest,
    bodyOptional: true,
    answers: { 202: { description: "Accepted; the order as it is until then", schema: Order } },
    refusals: COMMAND,
  },
  {
    method: "get",
    path: "/v1/orders/{id}/execution",
    id: "readExecution",
    tag: "Orders",
    summary: "Read how an order was carried out",
    description:
      "Its calls to providers with their keys and answers, its emails, and how often its requests were repeated.",
    access: "any key",
    answers: { 200: { description: "The execution", schema: Execution } },
    refusals: READ,
  },
  {
    method: "post",
    path: "/v1/orders/{id}/refunds",
    id: "refundOrder",
    tag: "Refunds",
    summary: "Refund an order",
    description: "In full or in part, never above what was captured and not yet refunded.",
    access: "any key",
    keyed: true,
    waits: true,
    body: RefundRequest,
    bodyOptional: true,
    answers: {
      202: { description: "Accepted", schema: RefundAcknowledgement, links: linksToRefund("") },
      200: {
        description: "With `Prefer: wait`: the refund, once it left `accepted`",
        schema: Refund,
        links: linksToRefund(""),
      },
    },
    refusals: [...COMMAND, "refund-exceeds-captured"],
  },
  {
    method: "get",
    path: "/v1/orders/{id}/refunds",
    id: "listRefunds",
    tag: "Refunds",
    summary: "List an order's refunds",
    description: "Oldest first.",
    access: "any key",
    answers: { 200: { description: "The refunds", schema: RefundList, links: linksToRefund("items/0/") } },
    refusals: READ,
  },
  {
    method: "get",
    path: "/v1/orders/{id}/refunds/{refundId}",
    id: "readRefund",
    tag: "Refunds",
    summary: "Read a refund",
    description: "A refund is a resource of its own, with a run of its own.",
    access: "any key",
    answers: { 200: { description: "The refund", schema: Refund } },
    refusals: READ,
  },
  {
    method: "post",
    path: "/v1/orders/{id}/resolution",
    id: "resolveOrder",
    tag: "Attentions",
    summary: "Resolve an issue",
    description:
      "The operator's decision about one attention: the one it names, else the oldest open one. `attention.actions` lists what is possible.",
    access: "operator",
    keyed: true,
    body: ResolutionRequest,
    answers: {
      200: { description: "The order", schema: Order },
      204: { description: "Accepted for an attention that was raised after the order was purged" },
    },
    refusals: [...COMMAND, "nothing-to-resolve"],
  },
  {
    method: "get",
    path: "/v1/attentions",
    id: "listAttentions",
    tag: "Attentions",
    summary: "List open attentions",
    description: "Everything of this tenant that an operator must see to, oldest first.",
    access: "operator",
    query: AttentionListQuery,
    answers: { 200: { description: "A page", schema: AttentionList, links: linksFromAttentions } },
    refusals: ["unauthorized", "forbidden", "rate-limited", "invalid-parameter", "unavailable"],
  },
  {
    method: "post",
    path: "/v1/attentions/batch",
    id: "resolveAttentions",
    tag: "Attentions",
    summary: "Resolve many attentions",
    description:
      "The attentions that are open now and await a resolution, oldest first and at most 10,000: each has the same one, as if an operator had sent them one by one.",
    access: "operator",
    keyed: true,
    body: AttentionBatchRequest,
    answers: { 202: { description: "The batch as it was begun", schema: AttentionBatch, links: linksToBatch } },
    refusals: KEYED,
  },
  {
    method: "get",
    path: "/v1/attentions/batch/{batchId}",
    id: "readAttentionBatch",
    tag: "Attentions",
    summary: "Read a batch",
    description: "How far it is, and what was refused.",
    access: "operator",
    answers: { 200: { description: "The batch", schema: AttentionBatch } },
    refusals: ENDPOINT_READ,
  },
  {
    method: "get",
    path: "/v1/attentions/batch/{batchId}/items",
    id: "listBatchItems",
    tag: "Attentions",
    summary: "List what a batch takes",
    description: "Oldest attention first, with what became of each.",
    access: "operator",
    query: BatchItemsQuery,
    answers: {
      200: {
        description: "A page of the batch",
        schema: BatchItemList,
        links: { ...linkToNextPage("listBatchItems"), ...linksToOrder("items/0/orderId") },
      },
    },
    refusals: [...ENDPOINT_READ, "invalid-parameter"],
  },
  ...(
    [
      ["pause", "Pause a batch", "What is being resolved at this moment still is."],
      ["resume", "Go on with a batch", "A batch that is not paused goes on as it did."],
    ] as const
  ).map(([verb, summary, description]): Operation => ({
    ...{ method: "post", path: `/v1/attentions/batch/{batchId}/${verb}`, id: `${verb}AttentionBatch` },
    ...{
      tag: "Attentions",
      summary,
      description,
      access: "operator",
      keyed: true,
      body: NoContent,
      bodyOptional: true,
    },
    answers: { 200: { description: "The batch as it was then", schema: AttentionBatch } },
    refusals: ENDPOINT_COMMAND,
  })),
  {
    method: "put",
    path: "/v1/stock/{sku}",
    id: "setStock",
    tag: "Stock",
    summary: "Set stock",
    description: "Sets the quantity on hand in a warehouse. PUT is idempotent; an `Idempotency-Key` is ignored.",
    access: "merchant",
    body: StockRequest,
    answers: { 200: { description: "The stock of the SKU", schema: Stock, links: linksToStock("") } },
    refusals: [
      "unauthorized",
      "forbidden",
      "rate-limited",
      "unsupported-media-type",
      "payload-too-large",
      "malformed-json",
      "invalid-parameter",
      "invalid-request",
      "stock-below-reserved",
      "unavailable",
    ],
  },
  {
    method: "get",
    path: "/v1/stock/{sku}",
    id: "readStock",
    tag: "Stock",
    summary: "Read stock",
    description: "Sums over all warehouses, and each warehouse.",
    access: "merchant",
    answers: { 200: { description: "The stock of the SKU", schema: Stock } },
    refusals: ["unauthorized", "forbidden", "rate-limited", "invalid-parameter", "not-found", "unavailable"],
  },
  {
    method: "get",
    path: "/v1/stock",
    id: "listStock",
    tag: "Stock",
    summary: "List stock",
    description: "By SKU.",
    access: "any key",
    query: StockListQuery,
    answers: {
      200: {
        description: "A page",
        schema: StockList,
        links: { ...linkToNextPage("listStock"), ...linksToStock("items/0/") },
      },
    },
    refusals: ["unauthorized", "rate-limited", "invalid-parameter", "unavailable"],
  },
  {
    method: "post",
    path: "/v1/stock/{sku}/movements",
    id: "moveStock",
    tag: "Stock",
    summary: "Move stock",
    description:
      "Adds units to a warehouse, or takes them out: once for each key. A repeat gets the first response, byte for byte, whatever the level is by then.",
    access: "merchant",
    keyed: true,
    body: MovementRequest,
    answers: {
      200: { description: "The movement, with the level after it", schema: StockMovement, links: linksToStock("") },
    },
    refusals: [...KEYED, "invalid-parameter", "stock-below-reserved"],
  },
  {
    method: "get",
    path: "/v1/stock/{sku}/movements",
    id: "listStockMovements",
    tag: "Stock",
    summary: "List a SKU's movements",
    description: "In all warehouses, newest first. A SKU that never moved has none.",
    access: "any key",
    query: StockListQuery,
    answers: {
      200: { description: "A page", schema: StockMovementList, links: linkToNextPage("listStockMovements") },
    },
    refusals: ["unauthorized", "rate-limited", "invalid-parameter", "unavailable"],
  },
  exportOperation("orders", "exportOrders", "Export orders"),
  exportOperation("events", "exportEvents", "Export timelines"),
  exportOperation("ledger", "exportLedger", "Export ledgers"),
  {
    method: "get",
    path: "/v1/events",
    id: "readFeed",
    tag: "Events",
    summary: "Read the feed",
    description: FEED_DESCRIPTION,
    access: "any key",
    query: FeedQuery,
    answers: {
      200: {
        description: "The events after the cursor",
        schema: Feed,
        event: StreamedFeedEvent,
        links: { ...linkToNextEvents, ...linksToOrder("items/0/orderId") },
      },
    },
    refusals: ["unauthorized", "rate-limited", "invalid-parameter", "unavailable"],
  },
  {
    method: "post",
    path: "/v1/webhook-endpoints",
    id: "createWebhookEndpoint",
    tag: "Events",
    summary: "Register a webhook endpoint",
    description:
      "Its URL gets the events of the feed from now on, signed by the Standard Webhooks scheme: each at least once under one " +
      "`webhook-id`, those of an order in its order. At most 10 per tenant.",
    access: "merchant",
    keyed: true,
    body: WebhookEndpointRequest,
    answers: {
      201: {
        description: "The endpoint with its secret, which is not shown again but to repeats",
        schema: WebhookEndpointWithSecret,
        links: linksToEndpoint("id"),
      },
    },
    refusals: [...KEYED, "webhook-endpoint-limit"],
  },
  {
    method: "get",
    path: "/v1/webhook-endpoints",
    id: "listWebhookEndpoints",
    tag: "Events",
    summary: "List webhook endpoints",
    description: "All of the tenant, oldest first.",
    access: "merchant",
    answers: {
      200: { description: "The endpoints", schema: WebhookEndpointList, links: linksToEndpoint("items/0/id") },
    },
    refusals: ["unauthorized", "forbidden", "rate-limited", "unavailable"],
  },
  {
    method: "get",
    path: "/v1/webhook-endpoints/{endpointId}",
    id: "readWebhookEndpoint",
    tag: "Events",
    summary: "Read a webhook endpoint",
    description: "Whether it is delivered to, and since when it has accepted nothing.",
    access: "merchant",
    answers: { 200: { description: "The endpoint", schema: WebhookEndpoint } },
    refusals: ENDPOINT_READ,
  },
  {
    method: "delete",
    path: "/v1/webhook-endpoints/{endpointId}",
    id: "deleteWebhookEndpoint",
    tag: "Events",
    summary: "Delete a webhook endpoint",
    description: "Nothing more is delivered to it. Its deliveries are forgotten.",
    access: "merchant",
    answers: { 204: { description: "Deleted" } },
    refusals: ENDPOINT_READ,
  },
  {
    method: "post",
    path: "/v1/webhook-endpoints/{endpointId}/ping",
    id: "pingWebhookEndpoint",
    tag: "Events",
    summary: "Ping a webhook endpoint",
    description:
      "Delivers an event of the type `ping`, whose `data` is `{id, endpointId}`; its delivery tells how it went.",
    access: "merchant",
    keyed: true,
    body: NoContent,
    bodyOptional: true,
    answers: {
      200: { description: "The delivery as it was begun", schema: WebhookDelivery, links: linkToRedelivery("id") },
    },
    refusals: ENDPOINT_COMMAND,
  },
  {
    method: "post",
    path: "/v1/webhook-endpoints/{endpointId}/rotate",
    id: "rotateWebhookSecret",
    tag: "Events",
    summary: "Rotate the secret",
    description:
      "Draws a new secret. The former one signs beside it for 24 hours, or until the secret is rotated once more.",
    access: "merchant",
    keyed: true,
    body: NoContent,
    bodyOptional: true,
    answers: { 200: { description: "The endpoint with its new secret", schema: WebhookEndpointWithSecret } },
    refusals: ENDPOINT_COMMAND,
  },
  {
    method: "post",
    path: "/v1/webhook-endpoints/{endpointId}/enable",
    id: "enableWebhookEndpoint",
    tag: "Events",
    summary: "Enable a webhook endpoint",
    description:
      "Delivers again to an endpoint that was disabled, from the event on at which it was. What an enabled one has put off is tried at once.",
    access: "merchant",
    keyed: true,
    body: NoContent,
    bodyOptional: true,
    answers: { 200: { description: "The endpoint as it was then", schema: WebhookEndpoint } },
    refusals: ENDPOINT_COMMAND,
  },
  {
    method: "get",
    path: "/v1/webhook-endpoints/{endpointId}/deliveries",
    id: "listWebhookDeliveries",
    tag: "Events",
    summary: "List deliveries",
    description: "Newest event first, of the last 30 days, each with its last attempts.",
    access: "merchant",
    query: DeliveryListQuery,
    answers: {
      200: {
        description: "A page",
        schema: WebhookDeliveryList,
        links: { ...linkToNextPage("listWebhookDeliveries"), ...linkToRedelivery("items/0/id") },
      },
    },
    refusals: [...ENDPOINT_READ, "invalid-parameter"],
  },
  {
    method: "post",
    path: "/v1/webhook-endpoints/{endpointId}/deliveries/{deliveryId}/redeliver",
    id: "redeliverWebhook",
    tag: "Events",
    summary: "Deliver an event again",
    description: "Whatever became of its delivery, under the same `webhook-id`.",
    access: "merchant",
    keyed: true,
    body: NoContent,
    bodyOptional: true,
    answers: { 200: { description: "The delivery as it was begun again", schema: WebhookDelivery } },
    refusals: ENDPOINT_COMMAND,
  },
  {
    method: "post",
    path: "/v1/webhook-endpoints/{endpointId}/redeliver",
    id: "redeliverWebhooks",
    tag: "Events",
    summary: "Deliver the events of a time again",
    description:
      "Those that the endpoint has deliveries of, oldest first, at most 10,000: `nextFrom` is where another request goes on.",
    access: "merchant",
    keyed: true,
    body: RedeliverRequest,
    answers: { 200: { description: "How many are delivered again", schema: RedeliveredRange } },
    refusals: ENDPOINT_COMMAND,
  },
  {
    method: "get",
    path: "/v1/reconciliation",
    id: "readReconciliation",
    tag: "Service",
    summary: "Read the last reconciliation",
    description:
      "Every few minutes Idem compares the order database, the payment provider and the runs. Shows what concerns this tenant, and payments that belong to no order.",
    access: "operator",
    answers: { 200: { description: "The comparison", schema: Reconciliation } },
    refusals: SERVICE_READ,
  },
  {
    method: "get",
    path: "/v1/health",
    id: "readHealth",
    tag: "Service",
    summary: "Read how the service is",
    description:
      "Workers by queue, providers as the workers' last calls met them, what awaits delivery to Temporal, and what a person should know now. At most a few seconds old; nothing here belongs to a tenant.",
    access: "operator",
    answers: { 200: { description: "The health", schema: Health } },
    refusals: SERVICE_READ,
  },
  {
    method: "post",
    path: "/webhooks/stripe",
    id: "receiveStripeEvent",
    tag: "Webhooks",
    summary: "Receive a Stripe event",
    description:
      "Signed by `Stripe-Signature` over the raw bytes. Answered once the event is stored; a repeat has no effect.",
    access: "Stripe",
    body: StripeEvent,
    answers: { 204: { description: "Stored" } },
    refusals: ["unauthorized", "payload-too-large", "unavailable"],
  },
  {
    method: "post",
    path: "/webhooks/fulfilment",
    id: "receiveWarehouseEvent",
    tag: "Webhooks",
    summary: "Receive a warehouse event",
    description: "Signed by the Standard Webhooks scheme over the raw bytes. Answered once the event is stored.",
    access: "warehouse",
    body: FulfilmentEvent,
    answers: { 204: { description: "Stored" } },
    refusals: ["unauthorized", "payload-too-large", "unavailable"],
  },
  {
    method: "get",
    path: "/healthz",
    id: "checkLiveness",
    tag: "Service",
    summary: "Liveness check",
    description: "Checks no dependencies.",
    access: "anyone",
    answers: { 200: { description: "The process is alive", schema: Liveness } },
    refusals: [],
  },
  {
    method: "get",
    path: "/readyz",
    id: "checkReadiness",
    tag: "Service",
    summary: "Readiness check",
    description:
      "503 while PostgreSQL does not answer or the process is stopping. Temporal and workers are reported and do not decide.",
    access: "anyone",
    answers: {
      200: { description: "The process can accept orders", schema: Readiness },
      503: { description: "It cannot: see `postgres`, or the process is stopping", schema: Readiness },
    },
    refusals: [],
  },
  {
    method: "get",
    path: "/openapi.json",
    id: "readDescription",
    tag: "Pages",
    summary: "This document",
    description: "OpenAPI 3.1.",
    access: "anyone",
    answers: { 200: { description: "The document", schema: z.looseObject({ openapi: z.string() }) } },
    refusals: [],
  },
  {
    method: "get",
    path: "/docs",
    id: "readReference",
    tag: "Pages",
    summary: "This reference, rendered",
    description: "Loads nothing from other hosts.",
    access: "anyone",
    answers: { 200: { description: "A page", mediaType: "text/html" } },
    refusals: [],
  },
  {
    method: "get",
    path: "/problems/{slug}",
    id: "readProblem",
    tag: "Pages",
    summary: "What a problem means",
    description: "The page that a problem's `type` names.",
    access: "anyone",
    answers: { 200: { description: "A page", mediaType: "text/html" } },
    refusals: ["not-found"],
  },
  {
    method: "get",
    path: "/",
    id: "readLandingPage",
    tag: "Pages",
    summary: "The landing page",
    description: "Links to the reference, the Temporal UI and, in a demo, the mailbox.",
    access: "anyone",
    answers: { 200: { description: "A page", mediaType: "text/html" } },
    refusals: [],
  },
  {
    method: "get",
    path: "/payment-confirmed",
    id: "readPaymentConfirmedPage",
    tag: "Pages",
    summary: "Where a customer comes back to",
    description:
      "Unless the order names a page of the shop's: the payment provider leads the customer to `/`, which leads here without what the provider added to the address.",
    access: "anyone",
    answers: { 200: { description: "A page", mediaType: "text/html" } },
    refusals: [],
  },
  {
    method: "get",
    path: "/payment-not-confirmed",
    id: "readPaymentNotConfirmedPage",
    tag: "Pages",
    summary: "Where a customer comes back to whose bank did not confirm",
    description: "As `/payment-confirmed`.",
    access: "anyone",
    answers: { 200: { description: "A page", mediaType: "text/html" } },
    refusals: [],
  },
];
