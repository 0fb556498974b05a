import type { ProviderEvent } from "../../src/domain/fact.js";
import { isClosed, type Order } from "../../src/domain/order.js";
import { paymentDifference, refundDifference } from "../../src/domain/reconciliation.js";
import { findEmail } from "../../src/domain/rules/email-queue.js";
import { refundWorkflowId } from "../../src/idempotency/derived-ids.js";
import type { Providers } from "./gateways.js";
import type { Liveness } from "./liveness.js";
import type { OutboxRow } from "./order-store.js";
import type { SimulatedTemporal } from "./simulated-temporal.js";
import { HOUR_MS } from "./virtual-time.js";
import { reportOf } from "./warehouse.js";
import type { World } from "./world.js";

const FIRST_POLL_MS = 50_000;
const LONGEST_POLL_MS = HOUR_MS;

/** Orders that changed more recently may not have caught up with the providers yet. */
const GRACE_MS = 60_000;

/** What the poller and reconciliation do for an order: often after it changed, then less and less often. */
export class Background {
  private readonly world: World;
  private readonly liveness: Liveness;
  private pollAfterMs = FIRST_POLL_MS;

  constructor(world: World, liveness: Liveness) {
    this.world = world;
    this.liveness = liveness;
  }

  start(): void {
    this.world.time.schedule(FIRST_POLL_MS, () => this.poll(), true);
  }

  changed(): void {
    this.pollAfterMs = FIRST_POLL_MS;
  }

  /** Polls and reconciles; whether that found anything. Reconciles what changed a moment ago only if `isFinal`. */
  findsNew({ isFinal }: { isFinal: boolean }): boolean {
    const { time, store, providers, temporal, webhooks, changedAt } = this.world;
    const state: State = {
      ...{ now: time.now, order: store.order, providers, temporal },
      changedAt: isFinal ? 0 : changedAt,
    };
    const rows = temporal.undelivered > 0 ? [] : lostRuns(state);
    for (const row of rows) temporal.deliver(row);
    const isNew = ({ provider, eventId }: ProviderEvent) => !store.knows(provider, eventId);
    const events = [...polled(state), ...reconciled(state)].filter(isNew);
    for (const event of events) {
      this.world.log(() => `found ${event.eventId}`);
      void webhooks.store(event);
    }
    return rows.length > 0 || events.length > 0;
  }

  private poll(): void {
    this.liveness.checkSteps();
    this.findsNew({ isFinal: false });
    this.pollAfterMs = Math.min(this.pollAfterMs * 2, LONGEST_POLL_MS);
    this.world.time.schedule(this.pollAfterMs, () => this.poll(), true);
  }
}

interface State {
  now: number;
  order: Order;
  providers: Providers;
  temporal: SimulatedTemporal;
  /** When the order changed last. */
  changedAt: number;
}

/** What src/background/provider-poller.ts finds out: shipments, a customer who acts, refunds that are pending. */
function polled({ now, order, providers }: State): ProviderEvent[] {
  const events: ProviderEvent[] = [];
  for (const { id, status, shippedAt } of order.shipments) {
    if (status !== "requested" && status !== "shipped") continue;
    const kept = providers.warehouse.shipments.get(id);
    if (kept && kept.status !== "accepted" && kept.status !== status) {
      const fact = { about: "shipment", shipment: reportOf(kept) } as const;
      events.push(event("fulfilment", `poll/${id}/${kept.status}`, order.id, fact));
    } else if (status === "shipped" && shippedAt !== null && now >= shippedAt + order.policy.deliveryDeadlineMs) {
      events.push(event("idem", `overdue/${id}`, order.id, { about: "delivery", shipmentId: id }));
    }
  }
  const { reference, status, multicapture } = order.payment;
  const lacksTerms = status === "authorized" && multicapture === null;
  if (reference !== null && !isClosed(order) && (order.status === "awaiting_payment" || lacksTerms)) {
    const payment = providers.payment.retrieve(reference);
    if (payment.state !== "action_required" && payment.state !== "processing") {
      const name = `poll/${reference}/${payment.state}/${payment.received}/${payment.terms ? "terms" : ""}`;
      events.push(event("stripe", name, order.id, { about: "payment", payment }));
    }
  }
  for (const { id, pending } of order.refunds) {
    const refund = pending ? providers.payment.findRefund(id, 0) : null;
    if (refund && refund.state !== "pending")
      events.push(event("stripe", `poll/${refund.reference}/${refund.state}`, order.id, { about: "refund", refund }));
  }
  return events;
}

/** What activities/reconcile-activities.ts finds out about money. */
function reconciled({ now, order, providers, changedAt }: State): ProviderEvent[] {
  if (now - changedAt < GRACE_MS) return [];
  const events: ProviderEvent[] = [];
  for (const held of providers.payment.payments) {
    if (held.orderId !== order.id || paymentDifference(order, held) === null) continue;
    const payment = providers.payment.retrieve(held.reference);
    const name = `reconcile/${held.reference}/${held.state}/${held.received}`;
    events.push(event("stripe", name, order.id, { about: "payment", payment }));
  }
  for (const made of providers.payment.refunds) {
    if (refundDifference(order, made) === null) continue;
    const { paymentReference: _reference, createdAt: _createdAt, ...refund } = made;
    const name = `reconcile/${refund.reference}/${refund.state}`;
    events.push(event("stripe", name, order.id, { about: "refund", refund }));
  }
  return events;
}

/** The runs that reconciliation finds lost: each is started again, or taken over. */
function lostRuns({ order, temporal }: State): OutboxRow[] {
  const owesEmail = order.emails.some(({ kind, status }) => status === "queued" && kind !== "refunded");
  const isLost = (!isClosed(order) || owesEmail || order.facts.length > 0) && !temporal.openRunOfOrder;
  const lostRefunds = order.refunds.filter(({ id, status }) => {
    const owesItsEmail = findEmail(order, { kind: "refunded", about: id })?.status === "queued";
    return (status === "accepted" || owesItsEmail) && !temporal.open(refundWorkflowId(id));
  });
  return [
    ...(isLost ? [{ workflow: "order", subjectId: order.id, name: "reconciled", number: null } as const] : []),
    ...lostRefunds.map(({ id }) => ({ workflow: "refund", subjectId: id, name: null, number: null }) as const),
  ];
}

function event(
  provider: ProviderEvent["provider"],
  eventId: string,
  orderId: string,
  fact: ProviderEvent["fact"],
): ProviderEvent {
  const type = provider === "idem" ? "delivery_overdue" : eventId.startsWith("poll") ? "poll" : "reconcile";
  return { provider, eventId, type, orderId, fact };
}
