import type { Payment } from "../domain/payment.js";
import type { CaptureShare } from "./capture-share.js";
import { giveBackShares } from "./give-back-shares.js";
import { amountsOf, post, RELEASE, TAKE } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { decideStep, stepOf } from "./operations.js";

/** The money of a shipment was taken. With the last capture the provider lets the rest go by itself. */
export async function recordCapture(
  order: OpenOrder,
  shipmentId: string,
  share: CaptureShare,
  payment: Payment | null,
): Promise<void> {
  const step = stepOf.capture(shipmentId);
  await decideStep(order.trx, order.id, step, { result: "done", reference: payment?.reference ?? null });
  if (!(await post(order, step, TAKE, share.amount))) return;
  order.set({ payment_status: "captured" });
  order.tell("payment.captured", "payment-provider", { amount: share.amount, shipment: shipmentId });
  await giveBackShares(order);
  if (!share.final) return;
  const { held } = await amountsOf(order.trx, order.id);
  if (await post(order, `${step}/rest`, RELEASE, held)) {
    order.tell("payment.released", "payment-provider", { amount: held });
  }
}

export async function recordCaptureRefusal(
  order: OpenOrder,
  shipmentId: string,
  share: CaptureShare,
  reason: string,
): Promise<void> {
  const step = stepOf.capture(shipmentId);
  if (!(await decideStep(order.trx, order.id, step, { result: "refused", reference: reason }))) return;
  await order.raise(step, "capture_refused", share.amount);
}
