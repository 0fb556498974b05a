import type { Attention } from "./attention.js";
import type { Email } from "./email.js";
import type { Failure } from "./failure.js";
import type { StoredFact } from "./fact.js";
import { type Balances, balancesOf, type LedgerEntry } from "./ledger.js";
import { type Operation, operationName } from "./operation.js";
import type { OrderRequest } from "./order-request.js";
import type { PaymentStatus } from "./payment.js";
import type { Policy } from "./policy.js";
import type { Refund } from "./refund.js";
import type { Shipment } from "./shipment.js";
import { isFinal, type ShownStatus, shownStatus, type Status } from "./status.js";

export interface OrderPayment {
  status: PaymentStatus;
  /** The provider's id of the payment; null until it is known. */
  reference: string | null;
  /** Where the customer must go, while they must. */
  actionUrl: string | null;
  /** When the provider drops the authorization, epoch milliseconds; null while it is not known. */
  captureBefore: number | null;
  /** Whether the provider grants several captures; null while it is not known. */
  multicapture: boolean | null;
  /** What the provider was last seen to have captured, by whomever. */
  received: number;
}

/**
 * Everything that a rule may read: the order's row and every row that belongs to it. Plain data, loaded by one
 * statement. All times are epoch milliseconds of the database's clock.
 */
export interface Order {
  id: string;
  tenant: string;
  /** Epoch milliseconds. */
  acceptedAt: number;
  /** Grows by one with every save and with every fact that is stored. */
  version: number;
  status: Status;
  failure: Failure | null;
  currency: string;
  total: number;
  /** What was asked for, with the address as it is now. Null once the order was purged, and where its stored form has no reader here. */
  request: OrderRequest | null;
  policy: Policy;
  payment: OrderPayment;
  /** Until when the customer or an operator may act. */
  deadline: number | null;
  /** The Temporal run that owns the order. */
  runId: string | null;
  /** How many events its timeline has. */
  eventCount: number;
  /** How many facts were stored for it. */
  factCount: number;
  closedAt: number | null;
  purgedAt: number | null;
  shipments: readonly Shipment[];
  operations: readonly Operation[];
  ledger: readonly LedgerEntry[];
  refunds: readonly Refund[];
  attentions: readonly Attention[];
  emails: readonly Email[];
  /** Stored and not applied yet, oldest first. */
  facts: readonly StoredFact[];
}

export function isClosed(order: Order): boolean {
  return isFinal(order.status);
}

/** Will end `cancelled` or `rejected`: completed steps are compensated. */
export function isAborting(order: Order): boolean {
  return !isClosed(order) && (order.status === "cancelling" || order.failure !== null);
}

/** Is being fulfilled. */
export function isActive(order: Order): boolean {
  return !isClosed(order) && !isAborting(order);
}

export function findOperation(order: Order, name: string): Operation | undefined {
  return order.operations.find((operation) => operation.name === name);
}

export function findShipment(order: Order, id: string): Shipment | undefined {
  return order.shipments.find((shipment) => shipment.id === id);
}

export function findRefund(order: Order, id: string): Refund | undefined {
  return order.refunds.find((refund) => refund.id === id);
}

/** The operation of that name; an order without it is a defect. */
export function requireOperation(order: Order, name: string): Operation {
  return required(findOperation(order, name), name);
}

export function requireShipment(order: Order, id: string): Shipment {
  return required(findShipment(order, id), id);
}

export function requireRefund(order: Order, id: string): Refund {
  return required(findRefund(order, id), id);
}

function required<Part>(part: Part | undefined, name: string): Part {
  if (part === undefined) throw new Error(`the order has no ${name}`);
  return part;
}

export function balances(order: Pick<Order, "ledger">): Balances {
  return balancesOf(order.ledger);
}

export function hasEntry(order: Order, name: string): boolean {
  return order.ledger.some((entry) => entry.name === name);
}

/** Whether the provider or an operator still decides about a refund. */
export function hasOpenRefund({ refunds }: Order): boolean {
  return refunds.some(({ status }) => status === "accepted" || status === "needs_attention");
}

/** What was refunded otherwise than by the provider, as an operator says, in minor units. */
export function waivedRefunds(order: Order): number {
  return order.refunds
    .filter(({ id }) => findOperation(order, operationName.refund(id))?.outcome?.result === "waived")
    .reduce((sum, { amount }) => sum + amount, 0);
}

/** Open attentions, oldest first. */
export function openAttentions(order: Pick<Order, "attentions">): Attention[] {
  return order.attentions.filter((attention) => attention.resolvedAt === null);
}

/** The status that readers see. */
export function statusShown(order: Pick<Order, "status" | "attentions">): ShownStatus {
  return shownStatus(order.status, openAttentions(order).length > 0);
}

export function openAttention(order: Order, step: string): Attention | undefined {
  return order.attentions.find((attention) => attention.step === step && attention.resolvedAt === null);
}

/** Whether each shipment's share is captured by itself (E9); else one capture takes all that is left. */
export function capturesSeparately(order: Order): boolean {
  return order.payment.multicapture === true && order.shipments.length > 1;
}

/** Every fact up to this number was applied. */
export function appliedThrough(order: Order): number {
  const [oldest] = order.facts;
  return oldest ? oldest.number - 1 : order.factCount;
}
