import { findRefund, type RefundRow } from "../database/queries/find-refund.js";
import type { NewRefund } from "../database/save-order.js";
import { updateOrder } from "../database/update-order.js";
import { type Acknowledgement, acknowledgeRefund } from "../domain/acknowledgement.js";
import { type Change, inSequence, UNCHANGED } from "../domain/change.js";
import type { Order } from "../domain/order.js";
import { ProblemError } from "../domain/problem-error.js";
import { applyStoredFacts } from "../domain/rules/apply-fact.js";
import { refundable } from "../domain/rules/automatic-refund.js";
import { withKey } from "../domain/rules/transition.js";
import { requestRefund } from "../domain/rules/request-refund.js";
import { checkParent } from "./accept-command.js";
import { type KeyedRequest, keyReusedError, notFoundError } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

export interface RefundRequest {
  /** Minor units; all that is left when absent. */
  amount?: number | undefined;
  reason?: string | undefined;
}

export interface AcceptedRefund {
  refundId: string;
  acknowledgement: Acknowledgement;
  replayed: boolean;
}

/** Accepts a refund, once for each key, never above what was captured. */
export async function refundOrder(
  { database }: ServiceDeps,
  { orderId, request }: { orderId: string; request: KeyedRequest<RefundRequest> },
): Promise<AcceptedRefund> {
  const { id } = request;
  const { role, keyId } = request.principal;
  let refund: NewRefund | null = null;
  const decide = (order: Order, now: number, known: RefundRow | null): Change => {
    refund = null;
    checkParent(order, request.principal.tenant);
    if (known) {
      checkFingerprint(known, request);
      return UNCHANGED;
    }
    const { amount, reason = null } = request.validate();
    refund = { id, fingerprint: request.fingerprint, reason };
    return inSequence(
      order,
      (next) => applyStoredFacts(next, now),
      (next) => withKey(requestRefund(id, amountOf(next, amount), role), role, keyId),
    );
  };
  const order = await updateOrder(database, orderId, decide, {
    readFact: (session) => findRefund(session, id),
    alongside: () => (refund ? { refund } : {}),
  });
  if (!order) throw notFoundError();
  const row = await findRefund(database.session, id);
  if (!row) throw new Error("a refund was neither accepted nor is it there");
  return { refundId: id, acknowledgement: acknowledge(row), replayed: refund === null };
}

function checkFingerprint(
  { fingerprint, fingerprint_version: version }: RefundRow,
  request: KeyedRequest<unknown>,
): void {
  const isSame = fingerprint !== null && version !== null && request.matches({ version, digest: fingerprint });
  if (!isSame) throw keyReusedError();
}

function amountOf(order: Order, requested: number | undefined): number {
  const left = refundable(order);
  const amount = requested ?? left;
  if (amount > 0 && amount <= left) return amount;
  throw new ProblemError(
    "refund-exceeds-captured",
    "A refund cannot exceed what was captured and not refunded or promised to be.",
  );
}

function acknowledge({ id, order_id: orderId, amount, currency, created_at: createdAt }: RefundRow): Acknowledgement {
  return acknowledgeRefund({ id, orderId, amount, currency, createdAt });
}
