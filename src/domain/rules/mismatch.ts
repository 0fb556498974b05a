import { type Change, inSequence, UNCHANGED } from "../change.js";
import { balances, type Order } from "../order.js";
import type { Actor, TimelineData } from "../timeline.js";
import { raise } from "./raise-attention.js";
import { append } from "./transition.js";

/** The attention of an event that contradicts the order; `about` is the provider's object that it speaks of. */
const eventStep = (about: string) => `event/${about}`;

/** A genuine event that contradicts the order changes nothing else and is reported once for each object. */
export function raiseMismatch(order: Order, actor: Actor, about: string, data: TimelineData, now: number): Change {
  const step = eventStep(about);
  if (order.attentions.some((attention) => attention.step === step)) return UNCHANGED;
  const { held, captured, refunded } = balances(order);
  return inSequence(
    order,
    () => append("event.mismatch", actor, data),
    (next) => raise(next, { step, cause: "event_mismatch", amount: held + captured - refunded }, now),
  );
}
