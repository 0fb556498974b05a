import { activityInfo, log } from "@temporalio/activity";
import type { Database } from "../src/database/database.js";
import { updateOrder } from "../src/database/update-order.js";
import { type Change, inSequence, UNCHANGED } from "../src/domain/change.js";
import type { OpenOperation, ProviderReason } from "../src/domain/operation.js";
import type { Order } from "../src/domain/order.js";
import { beginEmails } from "../src/domain/rules/email-queue.js";
import { recordContradiction, recordUnknown } from "../src/domain/rules/unknown-outcome.js";
import { ProviderError } from "../src/providers/provider-error.js";
import { callProvider, type ProviderCall, toFailure } from "./call-provider.js";
import type { EmailsInHand } from "./emails-in-hand.js";

export interface OutcomeDeps {
  database: Database;
  emailsInHand: EmailsInHand;
}

export interface OutcomeRules<T> {
  ok(order: Order, answer: T, now: number): Change;
  rejected(order: Order, reason: ProviderReason, now: number): Change;
}

/**
 * Makes a call to a provider and records what it came to; an answer is never discarded, however often the order changes
 * meanwhile. A call that brings no known outcome is recorded as such and fails, so that it is made again.
 */
export function createCaller(deps: OutcomeDeps) {
  const { database } = deps;

  const recordFailure = async (order: Order, operation: OpenOperation, error: ProviderError): Promise<void> => {
    if (error.kind === "limited") return;
    if (error.kind === "unauthorized")
      log.error("a provider does not accept our credential", { operation: operation.name, code: error.reason.code });
    const rule = error.kind === "contradiction" ? recordContradiction : recordUnknown;
    await updateOrder(database, order, (current, now) => rule(current, operation.name, now));
  };

  return async function call<T>(
    order: Order,
    operation: OpenOperation,
    request: ProviderCall<T>,
    rules: OutcomeRules<T>,
  ): Promise<Order> {
    const calledAt = database.clock.now();
    const outcome = await callProvider(order, operation, request, calledAt).catch(async (error: unknown) => {
      if (!(error instanceof ProviderError)) throw error;
      await recordFailure(order, operation, error);
      throw toFailure(error);
    });
    return recordAndBeginEmails(deps, order, (current, now) =>
      "ok" in outcome ? rules.ok(current, outcome.ok, now) : rules.rejected(current, outcome.rejected, now),
    );
  };
}

/**
 * Records a fact. Inside a workflow task the emails that are ready begin with it, since the run sends them next, from
 * this process.
 */
export async function recordAndBeginEmails(
  { database, emailsInHand }: Pick<OutcomeDeps, "database" | "emailsInHand">,
  subject: string | Order,
  rule: (order: Order, now: number) => Change,
): Promise<Order> {
  const { isLocal } = activityInfo();
  let begun: Change = UNCHANGED;
  const order = await updateOrder(database, subject, (current, now) => {
    const recorded = rule(current, now);
    const both = isLocal ? inSequence(current, () => recorded, beginEmails(now)) : recorded;
    begun = both;
    return both;
  });
  if (!order) throw new Error("an order that has a run is not in the database");
  for (const email of begun.emails) if (email.sending) emailsInHand.add(order.id, email);
  return order;
}
