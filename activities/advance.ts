import type { OrderFacts } from "../src/domain/order-snapshot.js";
import { GoodWay, type GoodWayDeps, type Unanswered } from "./good-way.js";
import { patiently } from "./stock.js";

/** How far an order came. */
export interface Advanced {
  /** null: another run serves the order. */
  facts: OrderFacts | null;
  /** What was asked for and brought no known answer. */
  unanswered: Unanswered[];
}

/** A new order, from its acceptance to where it has to wait, as far as that goes in one go. */
export function createAdvanceActivities(deps: GoodWayDeps) {
  return {
    async advance({ orderId, runId }: { orderId: string; runId: string }): Promise<Advanced> {
      const way = new GoodWay(deps, orderId);
      await patiently(() => way.reserve(runId));
      await way.authorize();
      await way.requestAndSend();
      way.tell();
      const facts = way.isOurs ? (way.facts() ?? (await deps.book.facts(orderId))) : null;
      return { facts, unanswered: way.unanswered };
    },
  };
}
