import { z } from "@hono/zod-openapi";
import { ATTENTION_CAUSES, RESOLUTIONS } from "../../domain/attention.js";
import { EMAIL_KINDS, EMAIL_STATUSES } from "../../domain/email.js";
import { OPERATION_RESULTS } from "../../domain/operation.js";
import { FAILURE_CODES } from "../../domain/failure.js";
import { PROVIDERS, QUEUES } from "../../domain/health.js";
import { SHOWN_PAYMENT_STATUSES } from "../../domain/payment.js";
import { REFUND_STATUSES } from "../../domain/refund.js";
import { SHIPMENT_STATUSES } from "../../domain/shipment.js";
import { SHOWN_STATUSES } from "../../domain/status.js";
import { ERROR_CODES } from "../../domain/problem-error.js";
import { ACTORS } from "../../domain/timeline.js";
import { PageCursor } from "./list-queries.js";
import { Adjustment, Amount, Currency, Customer, Line, Metadata, ShipTo } from "./order-body.js";
import { StockCursor } from "./stock-queries.js";
import { AttentionId, Count, Integer, MovementId, OrderId, RefundId, ShipmentId } from "./text.js";
import { Time } from "./time.js";

/** What the API answers. These describe; what is sent is made in present-*.ts and acknowledgement.ts. */

export const ORDER_ID = "ord_4gq2ykd7sw3vjc5p6xqzr2na7mfe3thb";
const SELF = `/v1/orders/${ORDER_ID}`;
const NextCursor = PageCursor.nullable().openapi({ description: "Where the next page begins; null on the last." });
const names = <T extends string>(list: readonly T[]) => z.enum(list as [T, ...T[]]);

export const Acknowledgement = z
  .object({
    id: OrderId,
    status: z.literal("accepted"),
    createdAt: Time,
    links: z.object({ self: z.string(), events: z.string() }),
  })
  .openapi("Acknowledgement", {
    example: {
      id: ORDER_ID,
      status: "accepted",
      createdAt: "2026-11-25T10:00:00.000Z",
      links: { self: SELF, events: `${SELF}/events` },
    },
  });

export const RefundAcknowledgement = z
  .object({
    id: RefundId,
    orderId: OrderId,
    status: z.literal("accepted"),
    amount: Amount,
    currency: Currency,
    createdAt: Time,
    links: z.object({ self: z.string(), order: z.string() }),
  })
  .openapi("RefundAcknowledgement");

const Shipment = z
  .object({
    id: ShipmentId,
    status: names(SHIPMENT_STATUSES),
    lines: z.array(z.object({ sku: z.string(), quantity: Count })),
    carrier: z.string().nullable(),
    trackingNumber: z.string().nullable(),
    trackingUrl: z.url().nullable().openapi({ description: "Where the carrier shows the parcel." }),
    requestedAt: Time.nullable(),
    shippedAt: Time.nullable(),
    deliveredAt: Time.nullable(),
  })
  .openapi("Shipment");

const attentionMembers = {
  step: z.string().openapi({ example: "void" }),
  cause: z.enum(ATTENTION_CAUSES),
  since: Time,
  amount: Amount.openapi({ description: "Money at stake, minor units." }),
  currency: Currency,
  actions: z.array(z.enum(RESOLUTIONS)),
  resolution: z
    .object({ action: z.enum(RESOLUTIONS), actor: z.enum(ACTORS), at: Time })
    .nullable()
    .openapi({ description: "The resolution that was accepted and is not applied yet." }),
};

const Attention = z.object({ id: AttentionId, ...attentionMembers }).openapi("Attention");

export const AttentionList = z
  .object({
    items: z.array(z.object({ id: AttentionId, orderId: OrderId, ...attentionMembers })),
    nextCursor: NextCursor,
  })
  .openapi("AttentionList");

const ProviderReason = z
  .object({
    code: z.string(),
    declineCode: z.string().nullable(),
    message: z.string().nullable(),
    requestId: z.string().nullable(),
  })
  .openapi("ProviderReason", {
    description:
      "What the provider said. With `out_of_stock` and `unknown_sku`, `message` is the first SKU that lacks.",
  });

export const Order = z
  .object({
    id: OrderId,
    status: names(SHOWN_STATUSES),
    reference: z.string().nullable(),
    currency: Currency,
    customer: Customer,
    shipTo: ShipTo,
    lines: z.array(Line),
    adjustments: z.array(Adjustment).optional(),
    amounts: z.object({
      total: Amount,
      authorized: Amount.openapi({ description: "What was ever authorized." }),
      captured: Amount,
      refunded: Amount,
    }),
    payment: z.object({
      status: names(SHOWN_PAYMENT_STATUSES),
      reference: z.string().nullable().openapi({ example: "pi_3Nk2" }),
      nextAction: z
        .object({ type: z.literal("redirect"), url: z.url() })
        .optional()
        .openapi({ description: "While `awaiting_payment`: where the customer must go." }),
    }),
    shipments: z.array(Shipment),
    failure: z.object({ code: names(FAILURE_CODES), reason: ProviderReason.nullable() }).nullable(),
    attention: Attention.nullable(),
    metadata: Metadata.nullable(),
    createdAt: Time,
    updatedAt: Time,
    links: z.object({ self: z.string(), events: z.string(), run: z.string() }),
  })
  .openapi("Order");

const OPERATION_STATUSES = ["planned", "open", ...OPERATION_RESULTS] as const;

export const Execution = z
  .object({
    operations: z.array(
      z.object({
        name: z.string().openapi({ example: "capture/shp_3thb" }),
        key: z.string().openapi({ description: "The idempotency key that the provider sees." }),
        round: Count.openapi({ description: "1, and one more each time that an operator had it tried again." }),
        status: z.enum(OPERATION_STATUSES).openapi({ description: "`open`: its outcome is not known yet." }),
        amount: Amount.nullable(),
        reference: z.string().nullable().openapi({ description: "The provider's own id.", example: "pi_3Nk2" }),
        reason: ProviderReason.nullable(),
        firstAttemptAt: Time.nullable(),
        decidedAt: Time.nullable(),
      }),
    ),
    emails: z.array(
      z.object({
        kind: z.enum(EMAIL_KINDS),
        about: z.string().nullable().openapi({ description: "The shipment or refund that it is about." }),
        status: z.enum(EMAIL_STATUSES),
        createdAt: Time,
        nextAttemptAt: Time.nullable().openapi({ description: "While `queued`: not before." }),
        sentAt: Time.nullable(),
      }),
    ),
    repeats: z
      .object({
        replayed: Count.openapi({ description: "Requests that were answered as the first one was." }),
        refused: Count.openapi({ description: "Requests under a used key with another intention." }),
        lastAt: Time.nullable(),
      })
      .openapi({ description: "Of requests about this order; a few seconds old." }),
  })
  .openapi("Execution");

export const OrderList = z.object({ items: z.array(Order), nextCursor: NextCursor }).openapi("OrderList");

export const Refund = z
  .object({
    id: RefundId,
    orderId: OrderId,
    status: z.enum(REFUND_STATUSES),
    amount: Amount,
    currency: Currency,
    reason: z.string().nullable(),
    reference: z.string().nullable().openapi({ description: "The provider's own id." }),
    createdAt: Time,
    updatedAt: Time,
    links: z.object({ self: z.string(), order: z.string(), run: z.string() }),
  })
  .openapi("Refund");

export const RefundList = z.object({ items: z.array(Refund) }).openapi("RefundList");

const Shelf = { onHand: Count, reserved: Count, available: Count };
/** The limit holds for each warehouse: a sum may be beyond it. */
const Sum = z.int().min(0);
const Sums = { onHand: Sum, reserved: Sum, available: Sum };

export const Stock = z
  .object({ sku: z.string(), ...Sums, warehouses: z.array(z.object({ warehouse: z.string(), ...Shelf })) })
  .openapi("Stock");

const StockNext = StockCursor.nullable().openapi({ description: "Where the next page begins; null on the last." });

export const StockList = z.object({ items: z.array(Stock), nextCursor: StockNext }).openapi("StockList");

export const StockMovement = z
  .object({
    id: MovementId,
    sku: z.string(),
    warehouse: z.string(),
    delta: Integer,
    reason: z.string().nullable(),
    ...Shelf,
    createdAt: Time,
  })
  .openapi("StockMovement", { description: "`onHand`, `reserved` and `available` are of the warehouse, after it." });

export const StockMovementList = z
  .object({ items: z.array(StockMovement), nextCursor: StockNext })
  .openapi("StockMovementList");

export const Reconciliation = z
  .object({
    startedAt: Time.nullable(),
    finishedAt: Time.nullable(),
    complete: z.boolean().openapi({
      description:
        "Whether the payments, refunds and runs of the last 26 hours were all compared, and every finding is listed.",
    }),
    checked: z.object({ orders: Count, payments: Count, refunds: Count }),
    findings: z.array(
      z.object({
        kind: z.string(),
        orderId: z.string().nullable(),
        detail: z.string(),
        amount: Integer.nullable(),
        currency: z.string().nullable(),
      }),
    ),
  })
  .openapi("Reconciliation");

export const Health = z
  .object({
    status: z.enum(["ok", "degraded"]),
    version: z.string(),
    temporal: z.enum(["up", "down"]),
    queues: z.array(z.object({ queue: z.enum(QUEUES), workers: Count })),
    workers: z.array(
      z.object({
        id: z.string(),
        queues: z.array(z.enum(QUEUES)),
        buildId: z.string().nullable(),
        version: z.string(),
        lastSeenAt: Time,
        lives: z.boolean(),
      }),
    ),
    providers: z.array(
      z.object({
        provider: z.enum(PROVIDERS),
        state: z.enum(["up", "down", "unknown"]),
        answeredAt: Time.nullable(),
        failedAt: Time.nullable(),
        failingSince: Time.nullable(),
        failure: z.string().nullable(),
        undecided: Count,
      }),
    ),
    stranded: z.array(z.object({ buildId: z.string(), runs: Count })),
    outbox: z.object({ rows: Count, oldestSeconds: z.number() }),
    alerts: z.array(z.object({ name: z.string(), text: z.string() })),
  })
  .openapi("Health");

export const Readiness = z
  .object({ postgres: z.enum(["up", "down"]), temporal: z.enum(["up", "down"]), workers: z.enum(["up", "down"]) })
  .openapi("Readiness");

export const Liveness = z.object({ status: z.literal("ok"), version: z.string() }).openapi("Liveness");

export const Problem = z
  .object({
    type: z.url().openapi({ description: "The page that says what happened and what to do." }),
    code: z.enum(ERROR_CODES).openapi({ description: "What went wrong: stable, and the last part of `type`." }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    requestId: z.uuid(),
    links: z
      .object({ order: z.string() })
      .optional()
      .openapi({ description: "With `reference-in-use`: the order that has the reference." }),
    errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
  })
  .openapi("Problem");
