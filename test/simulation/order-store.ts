import { StockConflictError, type Alongside, type NewCommand, type Saved } from "../../src/database/save-order.js";
import type { CommandRow } from "../../src/database/queries/find-command.js";
import type { RefundRow } from "../../src/database/queries/find-refund.js";
import type { Availability } from "../../src/domain/allocation.js";
import type { Change, Signal, StockDelta } from "../../src/domain/change.js";
import type { StoredFact } from "../../src/domain/fact.js";
import { balances, type Order } from "../../src/domain/order.js";
import { promisedRefunds } from "../../src/domain/refund.js";
import { illegalMove, violationOf } from "../explore/invariants.js";
import { RULES } from "../explore/rules.js";
import type { FactEvent } from "./in-memory-modules.js";

/** A row of the outbox: a signal for a run, or the start of one. */
export interface OutboxRow extends Signal {
  number: number | null;
}

interface Stock {
  onHand: number;
  reserved: number;
}

interface Listener {
  /** Called for each change, with the order as it is then. */
  changed(order: Order, change: Change): void;
  /** Called for each fact that is stored. */
  stored(): void;
  left(row: OutboxRow): void;
  violated(what: string): void;
}

/**
 * The order database of one order: what src/database writes in one statement happens here in one call. Whatever breaks
 * an invariant of the exploration, or a constraint of a table, is a violation.
 */
export class OrderStore {
  order: Order;
  /** The transaction that holds the order's row. */
  lockedBy: object | null = null;
  private readonly stock = new Map<string, Stock>();
  private readonly events = new Set<string>();
  private readonly commands = new Map<string, CommandRow>();
  private readonly refundRequests = new Map<string, { fingerprint: NewCommand["fingerprint"]; at: number }>();
  private readonly moved = { reserved: 0, onHand: 0 };
  private readonly listener: Listener;

  constructor(order: Order, free: Availability, listener: Listener) {
    this.order = order;
    this.listener = listener;
    for (const [warehouse, units] of free)
      for (const [sku, onHand] of units) this.stock.set(JSON.stringify([warehouse, sku]), { onHand, reserved: 0 });
  }

  /** Writes a change that was decided on `before`; null when the order has another version by now. */
  save(before: Order, change: Change, after: Order, { command, refund }: Alongside, now: number): Saved | null {
    if (before.version !== this.order.version) return null;
    this.move(change.stock);
    const fact = command && command.attentionId !== null ? factOf(command, this.order.factCount + 1) : null;
    const saved: Order = {
      ...after,
      version: before.version + 1,
      ...(fact && { factCount: fact.number, facts: [...after.facts, fact] }),
    };
    const step = { before: this.order, change, after: saved, stock: { ...this.moved } };
    const violation = violationOf(step, RULES) ?? illegalMove(step) ?? constraintViolation(saved);
    if (violation !== null) this.listener.violated(violation);
    this.order = saved;
    if (command) this.commands.set(command.id, rowOf(command, saved.id));
    if (refund) this.refundRequests.set(refund.id, { fingerprint: refund.fingerprint, at: now });
    for (const signal of change.signals) {
      const isNumbered = fact !== null && signal.workflow === "order" && signal.name === "attentionResolved";
      this.listener.left({ ...signal, number: isNumbered ? fact.number : null });
    }
    this.listener.changed(saved, change);
    return { version: saved.version, now };
  }

  /** Stores a fact once, whoever decides about the order meanwhile; whether it was new. */
  storeFact({ provider, eventId, type, fact }: FactEvent, signal: Signal): boolean {
    const name = `${provider}/${eventId}`;
    if (this.events.has(name)) return false;
    this.events.add(name);
    const { version, factCount, facts } = this.order;
    const number = factCount + 1;
    this.order = {
      ...this.order,
      version: version + 1,
      factCount: number,
      facts: [...facts, { number, type, ...fact }],
    };
    this.listener.stored();
    this.listener.left({ ...signal, number });
    return true;
  }

  knows(provider: string, eventId: string): boolean {
    return this.events.has(`${provider}/${eventId}`);
  }

  available(skus: readonly string[]): Availability {
    const free = new Map<string, Map<string, number>>();
    for (const [name, { onHand, reserved }] of this.stock) {
      const [warehouse, sku] = JSON.parse(name) as [string, string];
      if (skus.includes(sku)) free.set(warehouse, (free.get(warehouse) ?? new Map()).set(sku, onHand - reserved));
    }
    return free;
  }

  /** Other orders reserve what is free. */
  reserveByOthers(): void {
    for (const stock of this.stock.values()) stock.reserved = stock.onHand;
  }

  findCommand(id: string): CommandRow | null {
    return this.commands.get(id) ?? null;
  }

  findRefund(id: string): RefundRow | null {
    const refund = this.order.refunds.find((one) => one.id === id);
    const request = this.refundRequests.get(id);
    if (!refund) return null;
    const { amount, status, pending, reference } = refund;
    return {
      ...{ id, order_id: this.order.id, tenant: this.order.tenant, position: 1, amount, status, pending },
      ...{ currency: this.order.currency, reason: null, provider_reference: reference, next_poll_at: null },
      fingerprint: request?.fingerprint.digest ?? null,
      fingerprint_version: request?.fingerprint.version ?? null,
      created_at: new Date(request?.at ?? 0),
      updated_at: new Date(request?.at ?? 0),
    };
  }

  private move(deltas: readonly StockDelta[]): void {
    const next = deltas.map(({ warehouse, sku, reserved, onHand }) => {
      const name = JSON.stringify([warehouse, sku]);
      const stock = this.stock.get(name) ?? { onHand: 0, reserved: 0 };
      return { name, stock: { onHand: stock.onHand + onHand, reserved: stock.reserved + reserved } };
    });
    if (next.some(({ stock }) => stock.reserved < 0 || stock.onHand < stock.reserved))
      throw new StockConflictError("the stock is not there any more");
    for (const { name, stock } of next) this.stock.set(name, stock);
    for (const { reserved, onHand } of deltas) {
      this.moved.reserved += reserved;
      this.moved.onHand += onHand;
    }
  }
}

function constraintViolation(order: Order): string | null {
  const promised = promisedRefunds(order.refunds);
  return promised > balances(order).captured ? `${promised} is promised beyond what was captured` : null;
}

function factOf({ operation, body, attentionId, actor }: NewCommand, number: number): StoredFact {
  const { action, reason, reference, paidOtherwise } = body as {
    action: "retry" | "mark-done" | "skip";
    reason: string;
    reference?: string;
    paidOtherwise?: boolean;
  };
  return {
    ...{ number, type: operation, about: "resolution", attentionId: attentionId ?? "" },
    ...{ action, reason, reference: reference ?? null, paidOtherwise: paidOtherwise ?? false },
    actor: actor === "merchant" ? "merchant" : "operator",
    keyId: null,
  };
}

function rowOf({ id, operation, fingerprint, body, attentionId }: NewCommand, orderId: string): CommandRow {
  return {
    ...{ id, order_id: orderId, number: null, operation, body: { ...body }, attention_id: attentionId },
    fingerprint: fingerprint.digest,
    fingerprint_version: fingerprint.version,
    actor: "operator",
    key_id: null,
    created_at: new Date(0),
    applied_at: null,
  };
}
