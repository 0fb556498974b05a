import { CancellationScope, isCancellation, proxyActivities, proxyLocalActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.js";
import { EFFECTS_QUEUE } from "./contract.js";

type Effect = keyof Activities;
type Input<E extends Effect> = Parameters<Activities[E]>;
type Result<E extends Effect> = Awaited<ReturnType<Activities[E]>>;
/** The proxies as what they are called as: TypeScript cannot follow a proxy's own type by a generic name. */
type Calls<Names extends Effect = Effect> = { [E in Names]: (...input: Input<E>) => Promise<Result<E>> };

/**
 * How long each step may take inside a workflow task. What one task may start (reserve, authorize, request, with a
 * mail beside them) sums to 4 s, well below the 10 s after which the server gives the task to another worker. The
 * providers' own time-out lies below (activities/ask-provider.ts).
 */
const inlineOf = (startToCloseTimeout: number) =>
  proxyLocalActivities<Activities>({ startToCloseTimeout, retry: { maximumAttempts: 1 } }) as unknown as Calls;
const brief = inlineOf(600);
const calling = inlineOf(1_700);

const inline: Partial<Calls> = {
  reserve: brief.reserve,
  applyNotice: brief.applyNotice,
  authorize: calling.authorize,
  requestShipment: calling.requestShipment,
  capture: calling.capture,
  sendMail: calling.sendMail,
  refund: calling.refund,
};

/** No limit of attempts: nobody may give up on money. 20 s keeps "acted on within 30 s" (E4). */
const durable = proxyActivities<Activities>({
  taskQueue: EFFECTS_QUEUE,
  startToCloseTimeout: "30s",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "20s" },
}) as unknown as Calls;

const asking = proxyActivities<Activities>({
  taskQueue: EFFECTS_QUEUE,
  startToCloseTimeout: "15s",
  retry: { maximumAttempts: 2 },
}) as unknown as Calls;

/**
 * Carries a step out: once inside the workflow task, where the good way needs nothing more, and if that brings no
 * known answer, the same call under the same key as an activity of its own, until somebody answers.
 */
export async function effect<E extends Effect>(name: E, ...input: Input<E>): Promise<Result<E>> {
  const once: Calls[E] | undefined = inline[name];
  if (once) {
    try {
      return await once(...input);
    } catch (error) {
      // Not an answer, whatever it was: the durable attempt brings one, and shows this failure if it stays.
      if (isCancellation(error)) throw error;
    }
  }
  return durable[name](...input);
}

/** Looks at something outside whose news may never come. An unanswered look is no fact: null, and the next look asks. */
export async function look<E extends Effect>(name: E, ...input: Input<E>): Promise<Result<E> | null> {
  try {
    return await asking[name](...input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return null;
  }
}

/** Runs what must not be cut short by a cancellation from Temporal: an order is cancelled through its book. */
export function uncancelled<T>(work: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(work);
}
