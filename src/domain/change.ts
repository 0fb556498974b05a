import type { Attention } from "./attention.js";
import type { Email } from "./email.js";
import type { LedgerEntry } from "./ledger.js";
import type { Operation } from "./operation.js";
import type { Order } from "./order.js";
import type { Refund } from "./refund.js";
import { type Shipment, UNTRACKED } from "./shipment.js";
import type { NewEvent } from "./timeline.js";

/** Units that move in a warehouse: `reserved` and `onHand` change by so much. */
export interface StockDelta {
  warehouse: string;
  sku: string;
  reserved: number;
  onHand: number;
}

/** A message to a run that was, or is to be, started for an order or a refund. */
export interface Signal {
  workflow: "order" | "refund";
  /** The order's or the refund's id. */
  subjectId: string;
  /** Null starts the run. */
  name: SignalName | null;
}

const SIGNAL_NAMES = [
  "shipmentShipped",
  "shipmentDelivered",
  "shipmentFailed",
  "shipmentUpdated",
  "deliveryOverdue",
  "paymentAuthorized",
  "paymentSucceeded",
  "paymentFailed",
  "paymentCanceled",
  "paymentUpdated",
  "refundUpdated",
  "cancelRequested",
  "approvalDecided",
  "attentionResolved",
  "reconciled",
] as const;
export type SignalName = (typeof SIGNAL_NAMES)[number];

type RowFields = Pick<
  Order,
  "status" | "failure" | "payment" | "deadline" | "runId" | "closedAt" | "purgedAt" | "request"
>;

/**
 * A new state of an order, as what differs from the old one. A row appears once and in its final form, whether it is
 * new or was there; events, ledger entries and signals are added; stock alone moves by differences.
 */
export interface Change {
  row: Partial<RowFields>;
  events: readonly NewEvent[];
  shipments: readonly Shipment[];
  operations: readonly Operation[];
  entries: readonly LedgerEntry[];
  refunds: readonly Refund[];
  attentions: readonly Attention[];
  emails: readonly Email[];
  stock: readonly StockDelta[];
  signals: readonly Signal[];
  /** Numbers of the stored facts that are applied with it. */
  applied: readonly number[];
  /** Erases personal data and detail: what is left is the tombstone. */
  erase: boolean;
}

export const UNCHANGED: Change = {
  row: {},
  events: [],
  shipments: [],
  operations: [],
  entries: [],
  refunds: [],
  attentions: [],
  emails: [],
  stock: [],
  signals: [],
  applied: [],
  erase: false,
};

export function change(part: Partial<Change>): Change {
  return { ...UNCHANGED, ...part };
}

export function isUnchanged(one: Change): boolean {
  return !one.erase && Object.keys(one.row).length === 0 && LISTS.every((list) => one[list].length === 0);
}

const LISTS = [
  "events",
  "shipments",
  "operations",
  "entries",
  "refunds",
  "attentions",
  "emails",
  "stock",
  "signals",
  "applied",
] as const satisfies readonly (keyof Change)[];

/** Several changes of one order as one; of two that name the same row the later one counts. */
export function combine(...changes: readonly Change[]): Change {
  return changes.reduce((total, next) => (isUnchanged(next) ? total : merge(total, next)), UNCHANGED);
}

/** One rule after the other, each on the order as the ones before it leave it; together they are one change. */
export function inSequence(order: Order, ...rules: readonly ((order: Order) => Change)[]): Change {
  let total = UNCHANGED;
  let current = order;
  for (const rule of rules) {
    const next = rule(current);
    if (isUnchanged(next)) continue;
    total = merge(total, next);
    current = advance(current, next);
  }
  return total;
}

/** The order as it is once the change is saved. */
export function applyChange(order: Order, one: Change): Order {
  return isUnchanged(one) ? order : { ...advance(order, one), version: order.version + 1 };
}

function advance(order: Order, one: Change): Order {
  const next: Order = {
    ...order,
    ...one.row,
    eventCount: order.eventCount + one.events.length,
    shipments: upsert(order.shipments, one.shipments, byId),
    operations: upsert(order.operations, one.operations, byName),
    ledger: [...order.ledger, ...one.entries],
    refunds: upsert(order.refunds, one.refunds, byId),
    attentions: upsert(order.attentions, one.attentions, byId),
    emails: upsert(order.emails, one.emails, byRef),
    facts: one.applied.length === 0 ? order.facts : order.facts.filter(({ number }) => !one.applied.includes(number)),
  };
  return one.erase ? erased(next) : next;
}

/** What a purge leaves: ids, times, provider references and amounts. */
function erased(order: Order): Order {
  return {
    ...order,
    request: null,
    payment: { ...order.payment, actionUrl: null },
    failure: order.failure && { ...order.failure, reason: null },
    shipments: order.shipments.map((shipment) => ({ ...shipment, lines: [], ...UNTRACKED })),
    operations: order.operations.map((operation) => ({
      ...operation,
      outcome: operation.outcome && { ...operation.outcome, reason: null },
    })),
    attentions: order.attentions.map((attention) => ({ ...attention, reason: null, resolution: null })),
    emails: [],
    facts: [],
  };
}

function merge(one: Change, next: Change): Change {
  return {
    row: { ...one.row, ...next.row },
    events: [...one.events, ...next.events],
    shipments: upsert(one.shipments, next.shipments, byId),
    operations: upsert(one.operations, next.operations, byName),
    entries: [...one.entries, ...next.entries],
    refunds: upsert(one.refunds, next.refunds, byId),
    attentions: upsert(one.attentions, next.attentions, byId),
    emails: upsert(one.emails, next.emails, byRef),
    stock: sumDeltas([...one.stock, ...next.stock]),
    signals: [...one.signals, ...next.signals],
    applied: [...one.applied, ...next.applied],
    erase: one.erase || next.erase,
  };
}

const byId = ({ id }: { id: string }) => id;
const byName = ({ name }: { name: string }) => name;
const byRef = ({ kind, about }: Email) => `${kind}/${about}`;

/** The rows with those of `changed` in place of their namesakes, new ones behind. */
function upsert<Row>(rows: readonly Row[], changed: readonly Row[], key: (row: Row) => string): readonly Row[] {
  if (changed.length === 0) return rows;
  const latest = new Map(changed.map((row) => [key(row), row]));
  const kept = rows.map((row) => {
    const name = key(row);
    const next = latest.get(name) ?? row;
    latest.delete(name);
    return next;
  });
  return [...kept, ...latest.values()];
}

/** One delta for each (warehouse, SKU), in their order: whoever locks stock locks it in the same one. */
function sumDeltas(deltas: readonly StockDelta[]): StockDelta[] {
  const sums = new Map<string, StockDelta>();
  for (const delta of deltas) {
    const name = JSON.stringify([delta.warehouse, delta.sku]);
    const sum = sums.get(name);
    sums.set(name, {
      ...delta,
      reserved: delta.reserved + (sum?.reserved ?? 0),
      onHand: delta.onHand + (sum?.onHand ?? 0),
    });
  }
  return [...sums.values()]
    .filter(({ reserved, onHand }) => reserved !== 0 || onHand !== 0)
    .toSorted((one, other) => compare(one.warehouse, other.warehouse) || compare(one.sku, other.sku));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
