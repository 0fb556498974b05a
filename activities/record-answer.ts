import type { OpenOrder } from "../src/book/open-order.js";
import type { OrderBook } from "../src/book/order-book.js";
import type { Step } from "../src/book/steps.js";
import { ProviderError } from "../src/gateways/provider-error.js";
import type { AttentionCause } from "../src/order/attention.js";
import type { OrderFacts } from "../src/order/order-facts.js";
import { type Answer, toFailure } from "./ask-provider.js";

type Note = (order: OpenOrder) => void | Promise<void>;

interface Answering<T> {
  answer: Promise<Answer<T>>;
  fact(order: OpenOrder, fact: T): void | Promise<void>;
  refused(order: OpenOrder, reason: string): void | Promise<void>;
  unknown?: Note;
  /** What a person is called for when nobody knows for too long. */
  cause: AttentionCause;
}

/** What all steps at a provider share: one transaction writes what the answer came to and answers the facts. */
export function answering(book: OrderBook) {
  return {
    facts: (orderId: string): Promise<OrderFacts> => book.changeForRun(orderId, async () => {}),

    async record<T>(
      orderId: string,
      step: Step,
      { answer, fact, refused, unknown, cause }: Answering<T>,
    ): Promise<OrderFacts> {
      let known: Answer<T>;
      try {
        known = await answer;
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        if (error.kind === "unknown") await noteUnknown(book, orderId, step, cause, unknown);
        throw toFailure(error);
      }
      return book.changeForRun(orderId, async (order) => {
        await order.calm(step.step);
        if ("fact" in known) await fact(order, known.fact);
        else await refused(order, known.refused);
      });
    },
  };
}

async function noteUnknown(
  book: OrderBook,
  orderId: string,
  step: Step,
  cause: AttentionCause,
  unknown: Note | undefined,
): Promise<void> {
  await book.change(orderId, async (order) => {
    await unknown?.(order);
    const ageMs = Date.now() - step.first_attempt_at.getTime();
    if (ageMs >= order.row.policy.attentionAfterMs) await order.raise(step.step, cause, order.row.total);
  });
}
