import { attentionId } from "../../idempotency/derived-ids.js";
import { ACTIONS, type Attention, type AttentionCause } from "../attention.js";
import { change, type Change, combine, UNCHANGED } from "../change.js";
import type { ProviderReason } from "../operation.js";
import { openAttention, type Order } from "../order.js";
import { append, reasonData } from "./transition.js";

interface Raise {
  step: string;
  cause: AttentionCause;
  /** Money at stake, minor units. */
  amount: number;
  reason?: ProviderReason | null;
}

/** Raises an attention for a step; one for each step is open at a time. */
export function raise(order: Order, { step, cause, amount, reason = null }: Raise, now: number): Change {
  if (openAttention(order, step)) return UNCHANGED;
  const ordinal = order.attentions.filter((attention) => attention.step === step).length + 1;
  const id = attentionId(order.id, step, ordinal);
  const attention: Attention = { id, step, cause, amount, since: now, reason, resolution: null, resolvedAt: null };
  const data = { attention: id, step, cause, amount, actions: ACTIONS[cause].join(","), ...reasonData(reason) };
  return combine(change({ attentions: [attention] }), append("attention.raised", "system", data));
}

/** Raises an attention unless the step ever had one: the same contradiction is reported once, however often it comes. */
export function raiseOnce(order: Order, attention: Raise, now: number): Change {
  return order.attentions.some(({ step }) => step === attention.step) ? UNCHANGED : raise(order, attention, now);
}

/** Clears the attention of a step that a fact has resolved. */
export function clear(order: Order, step: string, now: number): Change {
  const attention = openAttention(order, step);
  if (!attention) return UNCHANGED;
  const data = { attention: attention.id, step, cause: attention.cause };
  return combine(close(attention, now), append("attention.cleared", "system", data));
}

export function close(attention: Attention, now: number): Change {
  return change({ attentions: [{ ...attention, resolvedAt: now }] });
}
