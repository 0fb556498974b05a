import { log } from "@temporalio/activity";
import type { OpenOrder } from "../src/database/open-order.js";
import type { OrderBook } from "../src/database/order-book.js";
import type { Step } from "../src/database/operations.js";
import { ProviderError } from "../src/providers/provider-error.js";
import type { AttentionCause } from "../src/domain/attention.js";
import type { OrderFacts } from "../src/domain/order-snapshot.js";
import { type Answer, toFailure } from "./call-provider.js";

type Attempt = Pick<Step, "step" | "first_attempt_at">;
type Note = (order: OpenOrder) => void | Promise<void>;

export interface Circumstances {
  unknown?: Note;
  /** What a person is called for when nobody knows for too long. */
  cause: AttentionCause;
}

interface Answering<T> extends Circumstances {
  answer: Promise<Answer<T>>;
  fact(order: OpenOrder, fact: T): void | Promise<void>;
  refused(order: OpenOrder, reason: string): void | Promise<void>;
}

/** What all steps at a provider share: one transaction writes what the answer came to and answers the facts. */
export function answering(book: OrderBook) {
  /** The answer; a call that brought none is noted and fails. */
  const known = async <T>(
    orderId: string,
    step: Attempt,
    answer: Promise<Answer<T>>,
    circumstances: Circumstances,
  ): Promise<Answer<T>> => {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.kind !== "limited") await noteUnknown(book, orderId, step, circumstances);
      if (error.kind === "unauthorized") log.error("a provider does not accept our credential", { code: error.code });
      throw toFailure(error);
    }
  };

  return {
    known,

    async record<T>(orderId: string, step: Step, { fact, refused, ...asked }: Answering<T>): Promise<OrderFacts> {
      const answer = await known(orderId, step, asked.answer, asked);
      return book.changeForRun(orderId, async (order) => {
        await order.calm(step.step);
        if ("fact" in answer) await fact(order, answer.fact);
        else await refused(order, answer.refused);
      });
    },
  };
}

async function noteUnknown(
  book: OrderBook,
  orderId: string,
  step: Attempt,
  { unknown, cause }: Circumstances,
): Promise<void> {
  await book.change(orderId, async (order) => {
    await unknown?.(order);
    const ageMs = Date.now() - step.first_attempt_at.getTime();
    if (ageMs >= order.row.policy.attentionAfterMs) await order.raise(step.step, cause, order.row.total);
  });
}
