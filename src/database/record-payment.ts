import { matchesRequest, type Payment } from "../domain/payment.js";
import type { Actor } from "../domain/timeline.js";
import { confirmOrAskApproval } from "./confirm-order.js";
import { reject } from "./end-order.js";
import { amountsOf, HOLD, post, TAKE } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { requestOwnRefund } from "./refunds.js";
import { beginAnew, decideStep, findStep, stepOf } from "./operations.js";

const ACTOR: Actor = "payment-provider";

/**
 * What the provider says became of the authorization: its answer, an event or a look-up, in any order and any number.
 * Only the first known outcome moves the order; money that comes after the end is given back (E8).
 */
export async function recordPayment(order: OpenOrder, payment: Payment): Promise<void> {
  const asked = { orderId: order.id, amount: order.row.total, currency: order.row.currency };
  if (order.row.payment_reference === null) order.set({ payment_reference: payment.reference });
  switch (payment.state) {
    case "processing":
      return;
    case "action_required":
      return askBuyer(order, payment);
    case "failed":
      return decline(order, payment);
    case "voided":
      return voided(order, payment);
    case "authorized":
    case "captured":
      if (!matchesRequest(payment, asked)) return mismatch(order, payment);
      return order.isFinal ? giveBackLate(order, payment) : authorize(order, payment);
  }
}

async function authorize(order: OpenOrder, payment: Payment): Promise<void> {
  order.note("decided", { step: stepOf.authorize, outcome: { result: "done", reference: payment.reference } });
  if (!(await post(order, stepOf.authorize, HOLD, payment.amount))) return;
  order.set({
    payment_status: "authorized",
    payment_reference: payment.reference,
    payment_action_url: null,
    capture_before: payment.captureBefore === null ? null : new Date(payment.captureBefore),
    multicapture: payment.multicapture,
  });
  order.tell("payment.authorized", ACTOR, {
    amount: payment.amount,
    currency: payment.currency,
    reference: payment.reference,
  });
  const goesOn = order.row.status === "accepted" || order.row.status === "awaiting_payment";
  if (goesOn && order.row.failure_code === null) confirmOrAskApproval(order);
}

/** What was taken goes back by a refund of our own; what is only held is let go by the run, which sees it held. */
async function giveBackLate(order: OpenOrder, payment: Payment): Promise<void> {
  const { captured } = await amountsOf(order.trx, order.id);
  const taken = payment.received - captured;
  const held = payment.state === "authorized" ? payment.capturable : 0;
  const step = taken > 0 ? `late/${payment.reference}` : stepOf.authorize;
  if (!(await post(order, step, HOLD, Math.max(taken, held)))) {
    // An old authorization told again, or one that came to life again: a void settles both.
    if (held > 0 && captured === 0)
      await beginAnew(order.trx, order.id, stepOf.lateVoid, { reference: payment.reference });
    return;
  }
  await decideStep(order.trx, order.id, stepOf.authorize, { result: "done", reference: payment.reference });
  order.tell("payment.late", ACTOR, { amount: Math.max(taken, held), reference: payment.reference });
  if (taken > 0) await takeAndRefund(order, step, taken);
}

/** Money that was taken and belongs to no shipment. */
export async function takeAndRefund(order: OpenOrder, step: string, amount: number): Promise<void> {
  if (!(await post(order, `${step}/taken`, TAKE, amount))) return;
  order.set({ payment_status: "captured" });
  await requestOwnRefund(order, step, amount);
}

async function mismatch(order: OpenOrder, payment: Payment): Promise<void> {
  await decideStep(order.trx, order.id, stepOf.authorize, { result: "mismatch", reference: payment.reference });
  const fresh = await post(order, stepOf.authorize, HOLD, payment.capturable + payment.received);
  if (!fresh) return;
  order.set({ payment_status: "authorized", payment_reference: payment.reference, payment_action_url: null });
  order.tell("payment.mismatch", ACTOR, {
    amount: payment.amount,
    currency: payment.currency,
    expectedAmount: order.row.total,
    expectedCurrency: order.row.currency,
  });
  await order.raise(stepOf.authorize, "payment_mismatch", payment.capturable + payment.received);
}

function askBuyer(order: OpenOrder, payment: Payment): void {
  const { status } = order.row;
  if (status !== "accepted") {
    if (status === "cancelling") order.set({ payment_status: "pending" });
    return;
  }
  order.move("awaiting_payment");
  order.set({
    payment_status: "pending",
    payment_reference: payment.reference,
    payment_action_url: payment.actionUrl,
    deadline: new Date(Date.now() + order.row.policy.paymentActionTimeoutMs),
  });
  order.tell("payment.action_required", ACTOR, { reference: payment.reference });
  order.mail("action-needed");
}

async function decline(order: OpenOrder, payment: Payment): Promise<void> {
  if (!(await isStillAsked(order))) return;
  const reason = payment.declineCode ?? "declined";
  await decideStep(order.trx, order.id, stepOf.authorize, { result: "declined", reference: payment.reference });
  order.set({ payment_status: "declined", payment_action_url: null });
  order.tell("payment.declined", ACTOR, { reason });
  if (order.can("rejected")) await reject(order, "payment_declined");
}

/** A payment that was let go: by us after the deadline or a cancel, or by somebody at the provider. */
async function voided(order: OpenOrder, payment: Payment): Promise<void> {
  if (await isStillAsked(order)) {
    await decideStep(order.trx, order.id, stepOf.authorize, { result: "declined", reference: payment.reference });
    order.set({ payment_status: "voided", payment_action_url: null });
    if (order.row.failure_code === null && order.can("rejected")) await reject(order, "payment_declined");
    return;
  }
  if (order.isFinal) return;
  const { held } = await amountsOf(order.trx, order.id);
  const ours = await findStep(order.trx, order.id, stepOf.void);
  if (held > 0 && !ours) await order.raise("payment", "payment_cancelled_outside", held);
}

/** Refused as such: no payment was made, and the same request would be refused again. */
export async function recordRefusal(order: OpenOrder, reason: string): Promise<void> {
  if (!(await decideStep(order.trx, order.id, stepOf.authorize, { result: "refused", reference: reason }))) return;
  order.set({ payment_status: "declined" });
  order.tell("payment.refused", ACTOR, { reason });
  if (order.can("rejected")) await reject(order, "payment_refused");
}

/** Nobody knows yet: said once, shown until somebody does. */
export function recordUnknown(order: OpenOrder): void {
  if (order.isFinal || order.row.payment_status === "unknown" || order.row.payment_status === "authorized") return;
  order.set({ payment_status: "unknown" });
  order.tell("payment.unknown", "system");
}

async function isStillAsked(order: OpenOrder): Promise<boolean> {
  const open = await order.trx
    .selectFrom("steps")
    .select("step")
    .where("order_id", "=", order.id)
    .where("step", "=", stepOf.authorize)
    .where("outcome", "is", null)
    .executeTakeFirst();
  return open !== undefined && !order.isFinal;
}
