import { ProblemError } from "../domain/problem-error.js";
import { awaitsDecision, decideApproval } from "../domain/rules/approval.js";
import { acceptCommand } from "./accept-command.js";
import type { KeyedRequest } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

export interface DecisionRequest {
  decision: "approve" | "decline";
  note?: string | undefined;
}

/** Approves or declines an order that waits for it; the first decision counts. */
export function decideOrder(deps: ServiceDeps, input: { orderId: string; request: KeyedRequest<DecisionRequest> }) {
  return acceptCommand(deps, input.orderId, input.request, {
    operation: "decide-order",
    judge(order, { decision }, actor, now) {
      if (!awaitsDecision(order)) throw new ProblemError("not-awaiting-decision", "This order awaits no decision.");
      return { change: decideApproval(order, decision, actor, now) };
    },
  });
}
