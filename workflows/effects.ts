import {
  type ActivityOptions,
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.js";
import { EFFECTS_QUEUE } from "./contract.js";
import { Turns } from "./turns.js";

export type Effect = keyof Activities;
export type Input<E extends Effect> = Parameters<Activities[E]>;
export type Result<E extends Effect> = Awaited<ReturnType<Activities[E]>>;
/** The proxies as what they are called as: TypeScript cannot follow a proxy's own type by a generic name. */
type Calls = { [E in Effect]: (...input: Input<E>) => Promise<Result<E>> };

/** What a person reads beside each step in the Temporal UI. */
const SUMMARIES: Record<Effect, string> = {
  advance: "Reserve, authorize, request, mail",
  reserve: "Reserve the stock",
  authorize: "Authorize the payment",
  voidPayment: "Let the authorization go",
  trackPayment: "Ask how the payment stands",
  capture: "Capture a shipment's share",
  requestShipment: "Hand a shipment to the warehouse",
  recallShipment: "Take a shipment back",
  trackShipment: "Ask how a shipment stands",
  sendMail: "Send a mail",
  refund: "Refund",
  trackRefund: "Ask how a refund stands",
  refundFacts: "Read the refund",
  applyNotice: "Apply news",
  expirePayment: "The buyer did not act in time",
  expireApproval: "Nobody decided in time",
  expireAuthorization: "The authorization ends soon",
  raiseOverdue: "The delivery is overdue",
  rejectOrder: "End the order as rejected",
  finishCancel: "End the order as cancelled",
  completeOrder: "Complete the order",
  adopt: "Take over an order whose run is no more",
  reconcile: "Compare book, provider and runs",
  purge: "Purge what its retention time let go",
};

/**
 * How long each step may take inside a workflow task, in milliseconds. They go one after the other, and what one task
 * may start (advance, end, mail; or reserve, authorize, request, mail; or news, recall, void, end, mail) sums to 4.5 s
 * at most, well below the 10 s after which the server gives the task to another worker.
 */
const INLINE_MS: Partial<Record<Effect, number>> = {
  advance: 3_000,
  reserve: 500,
  applyNotice: 500,
  adopt: 500,
  refundFacts: 500,
  rejectOrder: 500,
  finishCancel: 500,
  completeOrder: 500,
  authorize: 1_500,
  voidPayment: 1_000,
  capture: 1_000,
  requestShipment: 1_000,
  recallShipment: 1_000,
  refund: 1_000,
  sendMail: 1_000,
  trackPayment: 1_000,
  trackShipment: 1_000,
};

function inline<E extends Effect>(name: E, startToCloseTimeout: number): Calls[E] {
  const options = { startToCloseTimeout, retry: { maximumAttempts: 1 }, summary: SUMMARIES[name] };
  return (proxyLocalActivities<Activities>(options) as unknown as Calls)[name];
}

/** Steps that go over many orders. */
const LONG: ReadonlySet<Effect> = new Set(["reconcile", "purge"]);

/** No limit of attempts: nobody may give up on money. 20 s keeps "acted on within 30 s" (E4). */
function durable<E extends Effect>(name: E): Calls[E] {
  const retry = { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "20s" } as const;
  return onEffectsQueue(name, { startToCloseTimeout: LONG.has(name) ? "10 minutes" : "30s", retry });
}

function onEffectsQueue<E extends Effect>(name: E, options: ActivityOptions): Calls[E] {
  const all = { taskQueue: EFFECTS_QUEUE, summary: SUMMARIES[name], ...options };
  return (proxyActivities<Activities>(all) as unknown as Calls)[name];
}

/** The steps of one run, carried out. */
export class Effects {
  private readonly turns = new Turns();
  private readonly unanswered = new Set<Effect>();

  /**
   * Carries a step out: once inside the workflow task, where the good way needs nothing more, and if that brings no
   * known answer, the same call under the same key as an activity of its own, until somebody answers.
   */
  async effect<E extends Effect>(name: E, ...input: Input<E>): Promise<Result<E>> {
    const known = this.unanswered.delete(name) ? null : await this.attempt(name, ...input);
    return known ? known.answer : durable(name)(...input);
  }

  /** A step's one attempt inside the workflow task; null where that brings no answer. */
  async attempt<E extends Effect>(name: E, ...input: Input<E>): Promise<{ answer: Result<E> } | null> {
    const briefly = INLINE_MS[name];
    if (briefly === undefined) return null;
    try {
      const once = () => inline(name, briefly)(...input);
      // A mail waits for the steps and no step for a mail server that hangs.
      return { answer: await (name === "sendMail" ? this.turns.last(once) : this.turns.next(once)) };
    } catch (error) {
      // Not an answer, whatever it was: the durable attempt brings one, and shows this failure if it stays.
      if (isCancellation(error)) throw error;
      return null;
    }
  }

  /** These had their attempt inside the workflow task and brought no answer: the next one is durable. */
  hadTheirAttempt(names: readonly Effect[]): void {
    for (const name of names) this.unanswered.add(name);
  }

  /** Looks at something outside whose news may never come. An unanswered look is no fact: null, and the next look asks. */
  async look<E extends Effect>(name: E, ...input: Input<E>): Promise<Result<E> | null> {
    try {
      return await onEffectsQueue(name, { startToCloseTimeout: "15s", retry: { maximumAttempts: 2 } })(...input);
    } catch (error) {
      if (isCancellation(error)) throw error;
      return null;
    }
  }
}

/** Runs what must not be cut short by a cancellation from Temporal: an order is cancelled through its book. */
export function uncancelled<T>(work: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(work);
}
