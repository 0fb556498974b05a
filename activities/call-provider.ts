import { activityInfo } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import { FailureType } from "../src/domain/failure.js";
import type { Operation, OpenOperation, ProviderReason } from "../src/domain/operation.js";
import type { Order } from "../src/domain/order.js";
import { CREATE_WINDOW_MS } from "../src/domain/policy.js";
import { ProviderError } from "../src/providers/provider-error.js";

/** A durable call's own time-out. */
const DURABLE_TIMEOUT_MS = 8_000;
/** A call ends so long before the activity that makes it, so that its end is recorded. */
const MARGIN_MS = 200;
/** The longest pause that a provider may ask for: "acted on within 30 s" (E4). */
const LONGEST_PAUSE_MS = 20_000;

type OperationKind = "authorize" | "capture" | "void" | "refund" | "request" | "recall";

/**
 * What the protocol for unknown outcomes must know about each kind of call (E4). One that creates something is not
 * idempotent by the provider's state: once the provider may have forgotten its key, it is only looked up.
 * Look-ups: `authorize` in the list of payments made since the first attempt; `capture`, `void` on the payment;
 * `refund` in the payment's list of refunds; `request`, `recall` on the shipment.
 */
const CREATES: Record<OperationKind, (operation: Operation) => boolean> = {
  authorize: () => true,
  // A final capture closes the payment, so a second one finds nothing to take.
  capture: ({ final }) => final !== true,
  void: () => false,
  refund: () => true,
  request: () => true,
  recall: () => false,
};

export interface ProviderCall<T> {
  kind: OperationKind;
  /** The request, the same each time, under the operation's key. */
  send(timeoutMs: number): Promise<T>;
  /** The operation as the provider knows it; null proves nothing. */
  lookUp(timeoutMs: number): Promise<T | null>;
  /** Whether an answer belongs to another request. */
  contradicts(answer: T): boolean;
}

export type CallOutcome<T> = { ok: T } | { rejected: ProviderReason };

/**
 * Brings a known outcome or throws a ProviderError (E4): the same request under the same key, and once `lookupAfterMs`
 * has passed since the first attempt, a look-up before it, so that a provider that forgot its keys is not asked to make
 * twice what it shows. Absence is never a fact: after 23 h nothing that creates is sent, only looked up. An order database
 * that was restored may have forgotten the first attempt: once its key may be forgotten, too, nothing that creates is sent
 * unless a look-up answers that it is absent.
 */
export async function callProvider<T>(
  order: Pick<Order, "policy" | "acceptedAt">,
  operation: OpenOperation,
  call: ProviderCall<T>,
  now: number,
  timeoutMs: number = callTimeout(),
): Promise<CallOutcome<T>> {
  const ageMs = now - operation.firstAttemptAt;
  const creates = CREATES[call.kind](operation);
  const maySend = !creates || ageMs < CREATE_WINDOW_MS;
  const mayBeForgotten = creates && earliestAttempt(order, operation, now) < operation.firstAttemptAt;
  if (ageMs >= order.policy.lookupAfterMs || mayBeForgotten) {
    const found = await lookUp(call, timeoutMs, maySend && !mayBeForgotten);
    if (found !== null) return { ok: checked(call, found) };
  }
  if (!maySend) throw new ProviderError("unknown", "absent_and_too_late_to_send_again");
  try {
    return { ok: checked(call, await call.send(timeoutMs)) };
  } catch (error) {
    if (error instanceof ProviderError && error.kind === "rejected") return { rejected: error.reason };
    throw error;
  }
}

/**
 * When the operation may have been called first, epoch milliseconds: by an order that is as old as a key at the provider,
 * before what is on record. An operation in another round had an outcome, and the attempts of that are not its own.
 */
export function earliestAttempt(
  { acceptedAt }: Pick<Order, "acceptedAt">,
  { round, firstAttemptAt }: OpenOperation,
  now: number,
): number {
  return round === 1 && now - acceptedAt >= CREATE_WINDOW_MS ? Math.min(acceptedAt, firstAttemptAt) : firstAttemptAt;
}

function checked<T>(call: ProviderCall<T>, answer: T): T {
  if (call.contradicts(answer)) throw new ProviderError("contradiction", "answer_of_another_request");
  return answer;
}

async function lookUp<T>(call: ProviderCall<T>, timeoutMs: number, maySend: boolean): Promise<T | null> {
  try {
    return await call.lookUp(timeoutMs);
  } catch (error) {
    if (maySend && error instanceof ProviderError) return null; // the request itself may still bring a fact
    throw error;
  }
}

/** How long a call of this attempt may take, in milliseconds, so that its end is recorded. */
export function callTimeout(): number {
  const { isLocal, startToCloseTimeoutMs } = activityInfo();
  return isLocal ? startToCloseTimeoutMs - MARGIN_MS : DURABLE_TIMEOUT_MS;
}

/** The failure that Temporal sees: its type says whether the call did anything, its delay is the provider's wish. */
export function toFailure(error: ProviderError): ApplicationFailure {
  return ApplicationFailure.create({
    type: error.kind === "limited" ? FailureType.Limited : FailureType.OutcomeUnknown,
    message: error.message,
    ...(error.retryAfterMs !== null && { nextRetryDelay: Math.min(error.retryAfterMs, LONGEST_PAUSE_MS) }),
  });
}
