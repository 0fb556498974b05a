import { hasOpenCommand } from "../database/commands.js";
import { Refusal } from "../domain/problem-error.js";
import type { Command } from "./command-order.js";

export interface DecisionRequest {
  decision: "approve" | "decline";
  note?: string;
}

/** A decision is claimed here and carried out by the run; the first one counts. */
export const decideOrder: Command<DecisionRequest> = {
  operation: "decide-order",
  async carryOut(order) {
    const waits = order.row.status === "awaiting_approval" && order.row.failure_code === null;
    if (!waits || (await hasOpenCommand(order, "decide-order"))) {
      throw new Refusal("not-awaiting-decision", "This order does not wait for a decision.");
    }
  },
};
