import { type Selectable, sql } from "kysely";
import type { Resolution } from "../domain/attention.js";
import type { Actor } from "../domain/timeline.js";
import { RUN_STEP } from "./adopt-order.js";
import { recordVoid } from "./end-order.js";
import type { CaptureShare } from "./capture-share.js";
import { amountsOf } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { recordCapture } from "./record-capture.js";
import { recordShipment } from "./record-shipment.js";
import { findRefund, recordRefund, setRefundStatus, tellRefundRun } from "./refunds.js";
import { findStep, overrideStep, reopenStep, stepOf } from "./operations.js";
import type { AttentionsTable } from "./schema.js";

export interface ResolutionCommand {
  action: Resolution;
  reference: string | null;
  reason: string;
  actor: Actor;
}

/** The open calls for a person on an order, oldest first; the first is the one that is shown and resolved. */
export async function openAttentions(order: OpenOrder): Promise<Selectable<AttentionsTable>[]> {
  return order.trx
    .selectFrom("attentions")
    .selectAll()
    .where("order_id", "=", order.id)
    .where("resolved_at", "is", null)
    .orderBy("seq")
    .execute();
}

/** Settles the oldest call by an operator's word; the run then goes on from what the book says. */
export async function resolveAttention(order: OpenOrder, command: ResolutionCommand): Promise<void> {
  const [attention] = await openAttentions(order);
  if (!attention) return;
  await order.trx
    .updateTable("attentions")
    .set({ resolved_at: sql<Date>`now()` })
    .where("seq", "=", attention.seq)
    .execute();
  order.tell("attention.resolved", command.actor, {
    step: attention.step,
    cause: attention.cause,
    action: command.action,
    reference: command.reference,
    reason: command.reason,
  });
  const [kind, about = ""] = attention.step.split("/");
  if (kind === "refund") return resolveRefund(order, about, command);
  if (command.action === "retry") return reopenStep(order.trx, order.id, attention.step);
  await decideByPerson(order, attention.step, command);
  if (kind === "capture" && command.action === "mark-done") return markCaptured(order, about, attention.step);
  if (kind === "void" && command.action === "mark-done")
    return recordVoid(order, attention.step, (await amountsOf(order.trx, order.id)).held);
  if (kind === "request") return news(order, about, command.action === "mark-done" ? "accepted" : "cancelled");
  if (kind === "recall") return news(order, about, "cancelled");
  if (kind === "delivery" && command.action === "mark-done") return news(order, about, "delivered");
  // Without a payment that can be trusted the order is given up.
  if (["authorize", "payment", RUN_STEP].includes(kind ?? "") && order.can("cancelling")) order.move("cancelling");
}

async function decideByPerson(order: OpenOrder, step: string, { action, reference }: ResolutionCommand): Promise<void> {
  await overrideStep(order.trx, order.id, step, { result: action === "mark-done" ? "done" : "skipped", reference });
}

async function markCaptured(order: OpenOrder, shipmentId: string, step: string): Promise<void> {
  const begun = await findStep(order.trx, order.id, step);
  if (!begun) return;
  const share = begun.params as unknown as CaptureShare;
  const { held } = await amountsOf(order.trx, order.id); // another shipment's capture may have taken it along
  await recordCapture(order, shipmentId, { ...share, amount: Math.min(share.amount, held) }, null);
}

async function news(order: OpenOrder, id: string, status: "accepted" | "cancelled" | "delivered"): Promise<void> {
  await recordShipment(order, { id, status, carrier: null, trackingNumber: null });
}

async function resolveRefund(order: OpenOrder, refundId: string, command: ResolutionCommand): Promise<void> {
  const refund = await findRefund(order.trx, refundId);
  if (!refund) return;
  const step = stepOf.refund(refundId);
  if (command.action === "retry") {
    await reopenStep(order.trx, order.id, step);
    await setRefundStatus(order, refundId, "accepted");
  } else {
    await decideByPerson(order, step, command);
    if (command.action === "skip") await setRefundStatus(order, refundId, "failed");
    else
      await recordRefund(order, refund, {
        reference: command.reference ?? "",
        state: "succeeded",
        amount: refund.amount,
        refundId,
      });
  }
  await tellRefundRun(order, refundId, `resolved/${command.action}`);
}
