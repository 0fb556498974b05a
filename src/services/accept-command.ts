import { findCommand } from "../database/queries/find-command.js";
import type { Alongside, NewCommand } from "../database/save-order.js";
import type { CommandOperation } from "../database/schema.js";
import { updateOrder } from "../database/update-order.js";
import { type Change, inSequence, UNCHANGED } from "../domain/change.js";
import type { Order } from "../domain/order.js";
import type { Attention } from "../domain/attention.js";
import { applyStoredFacts } from "../domain/rules/apply-fact.js";
import { withKey } from "../domain/rules/transition.js";
import type { Actor } from "../domain/timeline.js";
import { type KeyedRequest, keyReusedError, notFoundError, orderPurgedError } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

/** What a command comes to, judged by the order; refuses by throwing a ProblemError. */
interface Judged {
  change: Change;
  /** The attention that a resolution is bound to: it is stored as a fact, which the run applies. */
  attention?: Attention;
}

export interface CommandRule<T> {
  operation: CommandOperation;
  /** It counts ahead of facts that are stored and not applied, which then request nothing any more. */
  precedesFacts?: boolean;
  /** Whether the providers are polled with it about what of the order waits for their events. */
  polls?: boolean;
  /** Whether it still concerns the order once that was purged. */
  outlivesPurge?(order: Order): boolean;
  judge(order: Order, request: T, actor: Actor, now: number): Judged;
}

/**
 * Accepts a keyed command on an order: parent first, then the look-up by key, then validation, then the state (K3). It is
 * judged by the order as the facts that were stored before it leave it, or precedes them. A refused command leaves no
 * trace. Returns whether it is a repeat, and whether the order was purged.
 */
export async function acceptCommand<T extends object>(
  { database }: ServiceDeps,
  orderId: string,
  request: KeyedRequest<T>,
  rule: CommandRule<T>,
): Promise<{ replayed: boolean; purged: boolean }> {
  const { tenant, role, keyId } = request.principal;
  let command: NewCommand | null = null;
  const decide = (order: Order, now: number, known: Awaited<ReturnType<typeof findCommand>>): Change => {
    command = null;
    checkParent(order, tenant, known !== null || rule.outlivesPurge?.(order));
    if (known) {
      if (!request.matches({ version: known.fingerprint_version, digest: known.fingerprint })) throw keyReusedError();
      return UNCHANGED;
    }
    const body = request.validate();
    let attention: Attention | undefined;
    const change = inSequence(
      order,
      (next) => (rule.precedesFacts ? UNCHANGED : applyStoredFacts(next, now)),
      (next) => {
        const judged = rule.judge(next, body, role, now);
        attention = judged.attention;
        return withKey(judged.change, role, keyId);
      },
    );
    const { id, fingerprint } = request;
    const { operation } = rule;
    command = { id, operation, fingerprint, body, actor: role, keyId, attentionId: attention?.id ?? null };
    return change;
  };
  const order = await updateOrder(database, orderId, decide, {
    readFact: (session) => findCommand(session, request.id),
    alongside: (): Alongside => (command ? { command, ...(rule.polls && { polls: true }) } : {}),
  });
  if (!order) throw notFoundError();
  return { replayed: command === null, purged: order.purgedAt !== null };
}

/** Orders of other tenants are unknown; purged ones are gone, unless a command still concerns them. */
export function checkParent(order: Order, tenant: string, outlivesPurge = false): void {
  if (order.tenant !== tenant) throw notFoundError();
  if (order.purgedAt !== null && !outlivesPurge) throw orderPurgedError();
}
