import { ApplicationFailure } from "@temporalio/common";
import { updateOrder } from "../src/database/update-order.js";
import { isUnchanged } from "../src/domain/change.js";
import { type Email, type EmailContent, type EmailRef, sendTimeout } from "../src/domain/email.js";
import { FailureType } from "../src/domain/failure.js";
import { findRefund, findShipment, type Order } from "../src/domain/order.js";
import {
  beginEmail,
  type EmailOutcome,
  findEmail,
  isSuperseded,
  recordEmail,
  supersedeEmail,
} from "../src/domain/rules/email-queue.js";
import type { OrderSnapshot } from "../src/domain/order-snapshot.js";
import { snapshotOf } from "../src/domain/rules/snapshot.js";
import { messageId } from "../src/idempotency/derived-ids.js";
import type { EmailGateway } from "../src/providers/email/email-gateway.js";
import { renderEmail } from "../src/providers/email/render-email.js";
import { ProviderError } from "../src/providers/provider-error.js";
import { toFailure } from "./call-provider.js";
import { readOrder } from "./read-due-order.js";
import type { OutcomeDeps } from "./record-outcome.js";

interface Deps extends OutcomeDeps {
  email: EmailGateway;
  /** The right side of every Message-ID. */
  emailDomain: string;
}

/** Email cannot be undone, so it has no compensation. */
export function createEmailActivities(deps: Deps) {
  const { database, email: server, emailDomain, emailsInHand } = deps;

  const record = async (seen: Order, ref: EmailRef, outcome: EmailOutcome): Promise<Order> => {
    const order = await updateOrder(database, seen, (current, now) => recordEmail(current, ref, outcome, now));
    if (!order) throw new Error("an order that has a run is not in the database");
    return order;
  };

  /** Hands an email to the server, under one Message-ID for each (order, kind, about), and records what came of it. */
  const send = async (order: Order, email: Email): Promise<Order> => {
    const content = contentOf(order, email);
    if (!content) return order;
    const now = database.clock.now();
    const timeoutMs = sendTimeout(email, now);
    if (timeoutMs === null) throw later(email.nextAttemptAt - now);
    const id = messageId(order.id, email.kind, email.about || null, emailDomain);
    try {
      await server.send({ ...renderEmail(content), messageId: id }, timeoutMs);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return recordFailure(order, email, error);
    }
    return record(order, email, { result: "sent" });
  };

  const recordFailure = async (seen: Order, ref: EmailRef, error: ProviderError): Promise<Order> => {
    if (error.kind === "rejected") return record(seen, ref, { result: "refused", reason: error.reason });
    const isUnknown = error.kind === "unknown";
    const order = await record(seen, ref, { result: isUnknown ? "unknown" : "deferred" });
    if (!isUnknown) throw toFailure(error);
    const next = findEmail(order, ref);
    if (next?.status === "queued") throw later(next.nextAttemptAt - database.clock.now());
    return order;
  };

  /** Sends an email unless it went out; what is not known to have gone out is sent again, later (E6). */
  const sendEmail = async (orderId: string, ref: EmailRef): Promise<Order> => {
    const isInHand = emailsInHand.take(orderId, ref);
    const order = (isInHand && database.cache.get(orderId)) || (await readOrder(database, orderId));
    const known = findEmail(order, ref);
    if (!known || known.status !== "queued") return order;
    if (isSuperseded(order, ref))
      return (await updateOrder(database, order, (current) => supersedeEmail(current, ref))) ?? order;
    if (isInHand && known.sending) return send(order, known);
    const waitMs = known.nextAttemptAt - database.clock.now();
    if (waitMs > 0) throw later(waitMs);
    let isBegunHere = false;
    const begun = await updateOrder(database, order, (current, now) => {
      const change = beginEmail(current, ref, now);
      isBegunHere = !isUnchanged(change);
      return change;
    });
    const email = begun ? findEmail(begun, ref) : undefined;
    if (!begun || !email?.sending) return begun ?? order;
    // Begun meanwhile by another attempt, which may be sending it at this moment.
    if (!isBegunHere) throw later(email.nextAttemptAt - database.clock.now());
    return send(begun, email);
  };

  return {
    sendEmail: async ({ orderId, kind, about }: EmailRef & { orderId: string }): Promise<OrderSnapshot> =>
      snapshotOf(await sendEmail(orderId, { kind, about })),
  };
}

/** What the email says; null once the address was erased. */
function contentOf(order: Order, { kind, about }: EmailRef): EmailContent | null {
  if (!order.request) return null;
  const shipment = findShipment(order, about);
  return {
    kind,
    orderId: order.id,
    order: order.request,
    actionUrl: order.payment.actionUrl,
    partial: order.shipments.length > 1,
    shipment: shipment ?? null,
    refundAmount: findRefund(order, about)?.amount ?? null,
  };
}

function later(delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: FailureType.OutcomeUnknown,
    message: "it is not known yet whether the email went out",
    nextRetryDelay: Math.max(delayMs, 1),
  });
}
