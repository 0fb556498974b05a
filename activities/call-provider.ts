import { activityInfo } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import type { Step } from "../src/database/operations.js";
import { ProviderError } from "../src/providers/provider-error.js";
import { FailureType } from "../src/domain/failure.js";
import { CREATE_WINDOW_MS } from "../src/domain/policy.js";

/** A durable call's own time-out. */
const DURABLE_TIMEOUT_MS = 8_000;
/** A call ends so long before the step that makes it, so that its end is told. */
const MARGIN_MS = 200;

export type Answer<T> = { fact: T } | { refused: string };

export interface Question<T> {
  /** The request, the same each time, under the step's key. */
  ask(timeoutMs: number): Promise<T>;
  /** The operation as the provider knows it; null proves nothing. */
  lookUp(timeoutMs: number): Promise<T | null>;
  /** Whether the request makes something new at the provider. */
  creates: boolean;
}

/**
 * Brings a known answer or throws (E4): the same request again under the same key, and once `lookupAfterMs` has passed
 * since the first attempt, a look-up beside it. The look-up goes first, so that a provider that forgot its keys is not
 * asked to make twice what it shows. Absence is never a fact: after 23 h nothing that creates is sent, only looked up.
 */
export async function askProvider<T>(
  step: Pick<Step, "first_attempt_at">,
  lookupAfterMs: number,
  question: Question<T>,
  timeoutMs: number = callTimeout(),
): Promise<Answer<T>> {
  const ageMs = Date.now() - step.first_attempt_at.getTime();
  const mayAsk = !question.creates || ageMs < CREATE_WINDOW_MS;
  if (ageMs >= lookupAfterMs) {
    const found = await lookUp(question, timeoutMs, mayAsk);
    if (found !== null) return { fact: found };
  }
  if (!mayAsk) throw new ProviderError("unknown", "absent_and_too_late_to_ask_again");
  try {
    return { fact: await question.ask(timeoutMs) };
  } catch (error) {
    if (error instanceof ProviderError && error.kind === "refused") return { refused: error.code };
    throw error;
  }
}

/** How long a call of this attempt may take, in milliseconds, so that its end is told. */
export function callTimeout(): number {
  const { isLocal, startToCloseTimeoutMs } = activityInfo();
  return isLocal ? startToCloseTimeoutMs - MARGIN_MS : DURABLE_TIMEOUT_MS;
}

async function lookUp<T>(question: Question<T>, timeoutMs: number, mayAsk: boolean): Promise<T | null> {
  try {
    return await question.lookUp(timeoutMs);
  } catch (error) {
    if (mayAsk && error instanceof ProviderError) return null; // the request itself may still bring a fact
    throw error;
  }
}

/** The failure that Temporal sees: its type decides the retry, its delay is the provider's wish. */
export function toFailure(error: ProviderError): ApplicationFailure {
  return ApplicationFailure.create({
    type: error.kind === "limited" ? FailureType.Limited : FailureType.OutcomeUnknown,
    message: error.message,
    ...(error.retryAfterMs !== null && { nextRetryDelay: Math.min(error.retryAfterMs, 20_000) }),
  });
}
