import { hasOpenCommand } from "../database/commands.js";
import { openAttentions } from "../database/resolve-attention.js";
import { ACTIONS, type Resolution } from "../domain/attention.js";
import { Refusal } from "../domain/problem-error.js";
import type { Command } from "./command-order.js";

export interface ResolutionRequest {
  action: Resolution;
  reference?: string;
  reason: string;
}

/** An operator's word on the oldest open attention; carried out by the run. */
export const resolveOrder: Command<ResolutionRequest> = {
  operation: "resolve-order",
  async carryOut(order, { action }) {
    const [attention] = await openAttentions(order);
    if (!attention || (await hasOpenCommand(order, "resolve-order"))) {
      throw new Refusal("nothing-to-resolve", "Nothing on this order waits for a resolution.");
    }
    const possible = ACTIONS[attention.cause];
    if (!possible.includes(action)) {
      throw new Refusal("invalid-request", "This action does not fit what needs attention.", {
        faults: [{ pointer: "/action", message: `must be one of: ${possible.join(", ")}` }],
      });
    }
  },
};
