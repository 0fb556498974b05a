import type { Payment } from "../domain/payment.js";
import { recordVoid } from "./end-order.js";
import { amountsOf } from "./ledger.js";
import type { OpenOrder } from "./open-order.js";
import { recordPayment, takeAndRefund } from "./record-payment.js";
import { decideStep, stepOf } from "./operations.js";

/** What a void came to: let go, or taken before we could, which is given back as a refund; then nothing is held. */
export async function finishVoid(order: OpenOrder, step: string, payment: Payment): Promise<void> {
  await recordPayment(order, payment);
  await decideStep(order.trx, order.id, step, { result: "done", reference: payment.reference });
  await order.calm(stepOf.authorize);
  const { held, captured } = await amountsOf(order.trx, order.id);
  const taken = payment.state === "captured" ? Math.min(held, payment.received - captured) : 0;
  await takeAndRefund(order, step, taken);
  await recordVoid(order, step, held - taken);
}
