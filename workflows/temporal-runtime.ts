import {
  CancellationScope,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setDefaultSignalHandler,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.js";
import { EFFECTS_QUEUE, NEEDS_ATTENTION, ORDER_STATUS, PLACED, type SignalPayload } from "./names.js";
import type { ActivityName, Input, Result, RunDetails, Runtime } from "./runtime.js";

/** The proxies as what they are called as: TypeScript cannot follow a proxy's own type by a generic name. */
type Calls = { [A in ActivityName]: (...input: Input<A>) => Promise<Result<A>> };

/** What a person reads beside each activity in the Temporal UI. */
const SUMMARIES: Record<ActivityName, string> = {
  reserveStock: "Reserve stock",
  authorizePayment: "Authorize the payment",
  voidPayment: "Void the authorization",
  capturePayment: "Capture a shipment's share",
  refundPayment: "Refund",
  requestShipment: "Request a shipment",
  cancelShipment: "Cancel a shipment",
  sendEmail: "Send an email",
  applyEvent: "Apply a provider event",
  applyRefundUpdate: "Apply a refund update",
  expirePayment: "The customer did not act in time",
  expireApproval: "No operator decided in time",
  expireAuthorization: "The authorization is about to expire",
  rejectOrder: "Reject the order",
  cancelOrder: "Cancel the order",
  completeOrder: "Complete the order",
  takeOverOrder: "Take over an order whose run is no more",
  reconcile: "Compare database, provider and runs",
  purge: "Purge orders past their retention",
};

/**
 * How long each activity may take inside a workflow task, in milliseconds. They go one after the other, and what one
 * task may start (reserve, authorize, request, email; or event, cancel shipment, void, cancel, email) sums to 4.5 s at
 * most, well below the 10 s after which the server gives the task to another worker.
 */
export const INLINE_MS: Record<ActivityName, number | null> = {
  reserveStock: 500,
  applyEvent: 1_000,
  applyRefundUpdate: 500,
  takeOverOrder: 500,
  expirePayment: 500,
  expireApproval: 500,
  expireAuthorization: 500,
  rejectOrder: 500,
  cancelOrder: 500,
  completeOrder: 500,
  authorizePayment: 1_500,
  voidPayment: 1_000,
  capturePayment: 1_000,
  requestShipment: 1_000,
  cancelShipment: 1_000,
  refundPayment: 1_000,
  sendEmail: 1_000,
  reconcile: null,
  purge: null,
};

/** No limit of attempts: a call is repeated until its outcome is known. 20 s keeps "acted on within 30 s" (E4). */
const RETRY = { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "20s" } as const;

/** A run's own engine. */
export class TemporalRuntime implements Runtime {
  readonly runId = workflowInfo().firstExecutionRunId;
  private listed = { status: PLACED, needsAttention: false };
  private text = "";

  tryInline<A extends ActivityName>(name: A, ...input: Input<A>): Promise<Result<A>> {
    const timeout = INLINE_MS[name];
    if (timeout === null) return Promise.reject(new Error(`${name} is never inline`));
    const options = { startToCloseTimeout: timeout, retry: { maximumAttempts: 1 }, summary: SUMMARIES[name] };
    return (proxyLocalActivities<Activities>(options) as unknown as Calls)[name](...input);
  }

  execute<A extends ActivityName>(name: A, ...input: Input<A>): Promise<Result<A>> {
    const isLong = INLINE_MS[name] === null;
    const options = {
      taskQueue: EFFECTS_QUEUE,
      summary: SUMMARIES[name],
      startToCloseTimeout: isLong ? ("10 minutes" as const) : ("30s" as const),
      // A worker that dies costs its activities this long.
      heartbeatTimeout: "10s" as const,
      retry: RETRY,
    };
    return (proxyActivities<Activities>(options) as unknown as Calls)[name](...input);
  }

  async condition(fact: () => boolean, timeout?: { ms: number; summary: string }): Promise<boolean> {
    if (timeout) return condition(fact, Math.max(timeout.ms, 1), { summary: timeout.summary });
    await condition(fact);
    return true;
  }

  now(): number {
    return Date.now();
  }

  onSignal(handler: (payload: SignalPayload) => void): void {
    setDefaultSignalHandler((_name, payload) => handler(isPayload(payload) ? payload : { number: null }));
  }

  show({ text, status, needsAttention }: RunDetails): void {
    if (text !== this.text) setCurrentDetails(text);
    this.text = text;
    const isListed = status === null || status === this.listed.status;
    if (isListed && needsAttention === this.listed.needsAttention) return;
    this.listed = { status: status ?? PLACED, needsAttention };
    upsertSearchAttributes([
      ...(status === null ? [] : [{ key: ORDER_STATUS, value: status }]),
      { key: NEEDS_ATTENTION, value: needsAttention },
    ]);
  }
}

/** Whoever sends a signal by hand may send anything. */
function isPayload(value: unknown): value is SignalPayload {
  if (typeof value !== "object" || value === null || !("number" in value)) return false;
  return value.number === null || Number.isSafeInteger(value.number);
}

/** An order is cancelled through its database record: a cancellation from Temporal cuts nothing short. */
export function uncancellable<T>(work: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(work);
}
