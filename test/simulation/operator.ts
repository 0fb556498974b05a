import type { Attention } from "../../src/domain/attention.js";
import { parseStep } from "../../src/domain/operation.js";
import { balances, openAttentions, type Order } from "../../src/domain/order.js";
import type { ResolutionRequest } from "../../src/domain/rules/accept-resolution.js";
import type { Providers } from "./gateways.js";
import type { Random } from "./random.js";

/** After so many retries of a step an operator does it by hand, or skips it. */
const RETRIES = 2;

type Choice = Omit<ResolutionRequest, "reason" | "attention">;

/** The attention that an operator sees to next. */
export function attentionToSeeTo(order: Order): Attention | null {
  return openAttentions(order).find(({ resolution }) => resolution === null) ?? null;
}

/**
 * What an operator does about an attention: one who asks the providers first, makes true what they say, and skips
 * nothing of which they do not know what came of it.
 */
export function choose(order: Order, attention: Attention, providers: Providers, random: Random): Choice {
  const { step, cause } = attention;
  const { kind, about } = parseStep(step);
  const earlier = order.attentions.filter((one) => one.step === step).length;
  const wantsRetry = earlier <= RETRIES && random.chance(0.5);
  const isUnknown = cause === "outcome_unknown" || cause === "payment_unknown" || cause === "shipment_mismatch";
  switch (cause) {
    case "payment_mismatch":
    case "event_mismatch":
    case "late_report":
    case "payment_cancelled_outside":
      return { action: "skip" };
    case "unreadable":
      return { action: "retry" };
    case "run_ended":
      return { action: random.pick(["retry", "skip"]) };
    case "delivery_overdue":
      return { action: random.pick(["mark-done", "skip"]) };
    case "email_undelivered":
      return { action: earlier <= RETRIES ? random.pick(["retry", "mark-done", "skip"]) : "skip" };
    default:
      break;
  }
  if (wantsRetry) return { action: "retry" };
  switch (kind) {
    case "authorize":
      return chooseAuthorize(order, providers, random);
    case "capture":
      return isUnknown ? { action: "retry" } : chooseCapture(order, step, providers, random);
    case "void":
      return chooseVoid(order, providers, random, isUnknown);
    case "refund":
      return isUnknown ? { action: "retry" } : { action: random.pick(["mark-done", "skip"]) };
    case "request":
    case "recall":
      return chooseShipment(order, kind, about, providers, random);
    default:
      return { action: "retry" };
  }
}

function chooseAuthorize(order: Order, { payment }: Providers, random: Random): Choice {
  const held = payment.payments.find(({ orderId, state }) => orderId === order.id && state === "authorized");
  if (held && random.chance(0.5)) return { action: "mark-done", reference: held.reference };
  return { action: random.pick(["retry", "skip"]) };
}

/** Captures by hand, says that the money was paid otherwise, or skips the capture. */
function chooseCapture(order: Order, step: string, { payment }: Providers, random: Random): Choice {
  const held = payment.payments.find(({ reference }) => reference === order.payment.reference);
  const { amount: planned, final } = order.operations.find(({ name }) => name === step) ?? {};
  const amount = planned ?? 0;
  const drawn = random.next();
  if (drawn < 0.4 && held && held.capturable >= amount) {
    const { captured } = balances(order);
    if (held.received < captured + amount) payment.take(held, amount, final === true);
    return { action: "mark-done", reference: held.reference };
  }
  return drawn < 0.7 ? { action: "mark-done", paidOtherwise: true } : { action: "skip" };
}

function chooseVoid(order: Order, { payment }: Providers, random: Random, isUnknown: boolean): Choice {
  const held = payment.payments.find(({ reference }) => reference === order.payment.reference);
  if (!held || (!isUnknown && held.amount === order.total && random.chance(0.2))) return { action: "skip" };
  payment.release(held);
  return { action: "mark-done", reference: held.reference };
}

/** Hands a shipment over by hand, or makes sure that it never leaves. */
function chooseShipment(
  order: Order,
  kind: "request" | "recall",
  id: string,
  { warehouse }: Providers,
  random: Random,
): Choice {
  const kept = warehouse.shipments.get(id);
  if (kept && kept.status !== "accepted" && kept.status !== "cancelled") return { action: "retry" };
  if (kind === "request" && kept?.status !== "cancelled" && random.chance(0.5)) {
    warehouse.enter(id, order.id, "accepted");
    return { action: "mark-done" };
  }
  warehouse.enter(id, order.id, "cancelled");
  return { action: kind === "recall" ? random.pick(["mark-done", "skip"]) : "skip" };
}
