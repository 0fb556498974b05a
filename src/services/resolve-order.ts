import { openAttentions } from "../domain/order.js";
import { ProblemError } from "../domain/problem-error.js";
import {
  acceptResolution,
  attentionToResolve,
  resolutionIssues,
  type ResolutionRequest,
} from "../domain/rules/accept-resolution.js";
import { acceptCommand } from "./accept-command.js";
import type { KeyedRequest } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

export type { ResolutionRequest };

/** Accepts an operator's resolution, bound to one attention; the run applies it. */
export function resolveOrder(deps: ServiceDeps, input: { orderId: string; request: KeyedRequest<ResolutionRequest> }) {
  return acceptCommand(deps, input.orderId, input.request, {
    operation: "resolve-order",
    // A refund may fail after the purge (E8): its attention is all that is left of the order.
    outlivesPurge: (order) => openAttentions(order).length > 0,
    judge(order, request, actor, now) {
      const attention = attentionToResolve(order, request);
      if (!attention)
        throw new ProblemError("nothing-to-resolve", "No open attention of this order awaits a resolution.");
      const issues = resolutionIssues(attention, request);
      if (issues.length > 0)
        throw new ProblemError("invalid-request", "This resolution does not fit what needs attention.", { issues });
      return { change: acceptResolution(order, attention, request.action, actor, now), attention };
    },
  });
}
