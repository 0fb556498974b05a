import { change, type Change, UNCHANGED } from "../change.js";
import type { FailureCode } from "../failure.js";
import type { ProviderReason } from "../operation.js";
import type { Order, OrderPayment } from "../order.js";
import { canMove, isFinal, type Status } from "../status.js";
import { type Actor, newEvent, type TimelineData, type TimelineType } from "../timeline.js";

/** Moves by the table in src/domain/status.ts; an illegal move is a defect and throws. */
export function moveTo(order: Order, status: Status, now: number): Change {
  if (!canMove(order.status, status)) throw new Error(`an order cannot move from ${order.status} to ${status}`);
  return change({ row: { status, ...(isFinal(status) && { closedAt: now }) } });
}

/** The change, its events of whoever acted naming the key they came with. */
export function withKey(made: Change, actor: Actor, keyId: string | null): Change {
  if (keyId === null) return made;
  const events = made.events.map((event) =>
    event.actor === actor ? { ...event, data: { ...event.data, key: keyId } } : event,
  );
  return { ...made, events };
}

export function append(type: TimelineType, actor: Actor, data: TimelineData = {}): Change {
  return change({ events: [newEvent(type, actor, data)] });
}

export function fail(code: FailureCode, reason: ProviderReason | null = null): Change {
  return change({ row: { failure: { code, reason } } });
}

/** Sets what differs; nothing does, nothing changes. */
export function setPayment(order: Order, payment: Partial<OrderPayment>): Change {
  const next = { ...order.payment, ...payment };
  const names = Object.keys(payment) as (keyof OrderPayment)[];
  return names.every((name) => next[name] === order.payment[name]) ? UNCHANGED : change({ row: { payment: next } });
}

export function setDeadline(order: Order, deadline: number | null): Change {
  return order.deadline === deadline ? UNCHANGED : change({ row: { deadline } });
}

/** What of a provider's reason goes into an event. */
export function reasonData(reason: ProviderReason | null): TimelineData {
  if (!reason) return {};
  const { code, declineCode, message, requestId } = reason;
  return {
    code,
    ...(declineCode !== null && { declineCode }),
    ...(message !== null && { message }),
    ...(requestId !== null && { requestId }),
  };
}
