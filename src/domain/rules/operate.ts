import { change, type Change, UNCHANGED } from "../change.js";
import { nextRound, type Operation, type Outcome, planOperation } from "../operation.js";
import { findOperation, type Order } from "../order.js";

/** Begins an operation that was not begun: from now on it may have been called. */
export function begin(order: Order, name: string, now: number, amount: number | null = null): Change {
  const planned = findOperation(order, name) ?? planOperation(order.id, name, { amount });
  if (planned.firstAttemptAt !== null || planned.outcome !== null) return UNCHANGED;
  return change({ operations: [{ ...planned, firstAttemptAt: now }] });
}

/** Records what an operation came to; the first outcome stays. */
export function decide(order: Order, name: string, outcome: Partial<Outcome> & Pick<Outcome, "result">): Change {
  const operation = findOperation(order, name);
  return operation && operation.outcome === null ? withOutcome(operation, outcome) : UNCHANGED;
}

/** Records what a person or a later fact says an operation came to, whatever it had come to before. */
export function override(order: Order, name: string, outcome: Partial<Outcome> & Pick<Outcome, "result">): Change {
  return withOutcome(findOperation(order, name) ?? planOperation(order.id, name), outcome);
}

/** Opens an operation that has an outcome for another round, under a new key. */
export function reopen(order: Order, name: string, now: number | null): Change {
  const operation = findOperation(order, name);
  return operation?.outcome ? change({ operations: [nextRound(operation, now)] }) : UNCHANGED;
}

function withOutcome(operation: Operation, outcome: Partial<Outcome> & Pick<Outcome, "result">): Change {
  return change({ operations: [{ ...operation, outcome: { reference: null, reason: null, ...outcome } }] });
}
