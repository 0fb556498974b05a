import type { Availability } from "../../src/domain/allocation.js";
import type { Order } from "../../src/domain/order.js";
import type { OrderRequest } from "../../src/domain/order-request.js";

/** All orders here are `ord_a...a`, and everything in them happens at this moment unless time itself is the fact. */
export const NOW = Date.UTC(2026, 0, 1);
const ORDER_ID = `ord_${"a".repeat(32)}`;
export const OWN_RUN = "run-1";

/** An order to explore, and the world that it meets. */
export interface Scenario {
  name: string;
  order: Order;
  /** What is free when the order reserves. */
  free: Availability;
  /** Whether the payment provider grants several captures. */
  multicapture: boolean;
  /** How long it grants them. */
  authorizedMs: number;
  /** Whether the card asks the customer to act. */
  threeDs: boolean;
  /** Whether refunds are requested. */
  refunds: boolean;
  /** Whether emails go wrong; else each is sent at once, for nothing else depends on it. */
  emails: boolean;
  /** Moves that come first and are no surprise, by their names. */
  opening: readonly string[];
  /** Whether operators' resolutions are no surprise either; such a scenario holds one surprise less. */
  resolved: boolean;
}

const HOUR_MS = 3_600_000;

/** An order as its acceptance leaves it: paid by card where it costs anything. */
export function acceptedOrder(lines: OrderRequest["lines"], approvalThreshold: number | null): Order {
  const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const request: OrderRequest = {
    currency: "EUR",
    customer: { email: "ada@example.com" },
    shipTo: { line1: "1 High St", city: "London", country: "GB" },
    lines,
    total,
    ...(total > 0 && { payment: { method: "pm_card_visa" } }),
  };
  return {
    id: ORDER_ID,
    tenant: "acme",
    acceptedAt: NOW,
    version: 1,
    status: "accepted",
    failure: null,
    currency: "EUR",
    total,
    request,
    policy: {
      approvalThreshold,
      approvalTimeoutMs: 48 * HOUR_MS,
      paymentActionTimeoutMs: HOUR_MS / 2,
      lookupAfterMs: 10_000,
      attentionAfterMs: 24 * HOUR_MS,
      deliveryDeadlineMs: 14 * 24 * HOUR_MS,
      emailGiveUpAfterMs: 24 * HOUR_MS,
    },
    payment: {
      status: total > 0 ? "pending" : "none",
      reference: null,
      actionUrl: null,
      captureBefore: null,
      multicapture: null,
      received: 0,
    },
    deadline: null,
    runId: null,
    eventCount: 1,
    factCount: 0,
    closedAt: null,
    purgedAt: null,
    shipments: [],
    operations: [],
    ledger: [],
    refunds: [],
    attentions: [],
    emails: [],
    facts: [],
  };
}

const LINE = (sku: string, unitPrice: number) => ({ sku, quantity: 1, unitPrice });
const ONE = [LINE("MUG-1", 1000)];
const TWO = [LINE("MUG-1", 1000), LINE("TEE-1", 600)];
const ONE_PLACE: Availability = new Map([["east", new Map([["MUG-1", 5]])]]);
const TWO_PLACES: Availability = new Map([
  ["east", new Map([["MUG-1", 5]])],
  ["west", new Map([["TEE-1", 5]])],
]);

const PLAIN = {
  free: ONE_PLACE,
  authorizedMs: 7 * 24 * HOUR_MS,
  multicapture: false,
  threeDs: false,
  refunds: false,
  emails: false,
  opening: [],
  resolved: false,
};

const RESERVED = ["reserveStock"];
const CONFIRMED = [...RESERVED, "authorizePayment: authorized"];
const REQUESTED = "requestShipment: accepted";
const SHIPS = "event: shipment shipped, as awaited";
const SHIPPED = [...CONFIRMED, REQUESTED, SHIPS];
const CAPTURED = [...SHIPPED, "capturePayment: captured"];
const COMPLETED = [...CAPTURED, "event: shipment delivered, as awaited", "completeOrder"];

const REFUND_RETRIED = [
  ...[...COMPLETED, "refund all", "refundPayment: succeeded", "event: refund failed"],
  ...["resolve refund_refused: retry", "applyEvent"],
];

export const SCENARIOS: readonly Scenario[] = [
  { ...PLAIN, name: "one shipment", order: acceptedOrder(ONE, null), refunds: true },
  { ...PLAIN, name: "one shipment, its emails", order: acceptedOrder(ONE, null), threeDs: true, emails: true },
  { ...PLAIN, name: "one shipment, 3DS", order: acceptedOrder(ONE, null), threeDs: true },
  { ...PLAIN, name: "one shipment, approval", order: acceptedOrder(ONE, 1000) },
  { ...PLAIN, name: "one shipment, free", order: acceptedOrder([LINE("MUG-1", 0)], null) },
  { ...PLAIN, name: "two shipments, one capture", order: acceptedOrder(TWO, null), free: TWO_PLACES },
  {
    ...PLAIN,
    name: "two shipments, several captures",
    order: acceptedOrder(TWO, null),
    free: TWO_PLACES,
    multicapture: true,
  },
  {
    ...PLAIN,
    name: "two shipments, one of them free, several captures",
    order: acceptedOrder([LINE("MUG-1", 1000), LINE("TEE-1", 0)], null),
    free: TWO_PLACES,
    multicapture: true,
  },
  {
    ...PLAIN,
    name: "two shipments, free",
    order: acceptedOrder([LINE("MUG-1", 0), LINE("TEE-1", 0)], null),
    free: TWO_PLACES,
  },
  { ...PLAIN, name: "unreadable", order: { ...acceptedOrder(ONE, null), request: null } },
  {
    ...PLAIN,
    name: "out of stock",
    order: acceptedOrder(ONE, null),
    free: new Map([["east", new Map([["MUG-1", 0]])]]),
  },
  { ...PLAIN, name: "unknown SKU", order: acceptedOrder(ONE, null), free: new Map() },
  { ...PLAIN, name: "one shipment, 3DS and approval", order: acceptedOrder(ONE, 1000), threeDs: true },
  {
    ...PLAIN,
    name: "one shipment, approval that outlasts the authorization",
    order: acceptedOrder(ONE, 1000),
    authorizedMs: 24 * HOUR_MS,
  },
  ...opened("one shipment, its emails", { order: acceptedOrder(ONE, null), emails: true }, [
    [...CONFIRMED, "sendEmail: begun"],
    [...CONFIRMED, "sendEmail: deferred for a day"],
    [...CONFIRMED, "sendEmail: unknown for a day"],
  ]),
  ...opened("one shipment", { order: acceptedOrder(ONE, null) }, [
    [...CONFIRMED, REQUESTED, "cancel"],
    [...CONFIRMED, REQUESTED, "cancel", "cancelShipment: refused"],
    [...CONFIRMED, REQUESTED, "cancel", "cancelShipment: recalled", "voidPayment: refused"],
    [...CONFIRMED, REQUESTED, "takeOver, the run is closed"],
    [...SHIPPED, "capturePayment: refused"],
    [...SHIPPED, "capturePayment: unknown for a day"],
    [...CONFIRMED, "requestShipment: refused"],
    [...RESERVED, "authorizePayment: unknown for a day"],
    [...RESERVED, "authorizePayment: another amount"],
    [...CONFIRMED, REQUESTED, "event: voided"],
  ]),
  ...opened("one shipment, refunded", { order: acceptedOrder(ONE, null), refunds: true }, [
    [...COMPLETED, "refund all", "refundPayment: refused"],
    [...COMPLETED, "refund all", "refundPayment: pending"],
    [...COMPLETED, "refund all", "refundPayment: succeeded", "event: refund failed"],
    [...REFUND_RETRIED, "refundPayment: pending"],
    [...COMPLETED, "refund all", "refundPayment: unknown for a day"],
    [...CAPTURED, "refund all", "event: shipment failed", "refundPayment: refused"],
    [...CAPTURED, "refund a part", "event: shipment failed", "refundPayment: unknown for a day"],
  ]),
  ...opened("one shipment, 3DS", { order: acceptedOrder(ONE, null), threeDs: true }, [
    [...RESERVED, "authorizePayment: the customer must act", "cancel", "voidPayment: voided", "cancelOrder"],
    [...RESERVED, "authorizePayment: the customer must act", "cancel", "voidPayment: refused"],
    [...RESERVED, "authorizePayment: the customer must act, another amount", "cancel"],
  ]),
  ...opened("two shipments, one capture", { order: acceptedOrder(TWO, null), free: TWO_PLACES }, [
    [...CONFIRMED, REQUESTED, REQUESTED, "cancel"],
    [...CONFIRMED, REQUESTED, REQUESTED, "cancel", "cancelShipment: shipped"],
    [...CONFIRMED, REQUESTED, REQUESTED, SHIPS, "capturePayment: refused"],
  ]),
  ...opened(
    "two shipments, several captures",
    { order: acceptedOrder(TWO, null), free: TWO_PLACES, multicapture: true },
    [
      [...CONFIRMED, REQUESTED, REQUESTED, "cancel", "cancelShipment: shipped"],
      [...CONFIRMED, REQUESTED, REQUESTED, SHIPS, "capturePayment: refused"],
    ],
  ),
];

/** The same order from further on: what happened until then is no surprise any more. */
function opened(
  name: string,
  changes: Partial<Scenario> & { order: Order },
  openings: readonly string[][],
): Scenario[] {
  return openings.map((opening) => ({
    ...PLAIN,
    ...changes,
    name: `${name}, after ${opening.slice(-2).join(", ")}`,
    opening,
    resolved: true,
  }));
}
