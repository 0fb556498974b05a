import { ProblemError } from "../domain/problem-error.js";
import { refuseCancel, requestCancel } from "../domain/rules/cancel.js";
import { acceptCommand } from "./accept-command.js";
import type { KeyedRequest } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

export interface CancelRequest {
  reason?: string | undefined;
}

/** Cancels an order at once, so that it counts with Temporal away; its run compensates (E7). */
export function cancelOrder(deps: ServiceDeps, input: { orderId: string; request: KeyedRequest<CancelRequest> }) {
  return acceptCommand(deps, input.orderId, input.request, {
    operation: "cancel-order",
    precedesFacts: true,
    judge(order, _request, actor, now) {
      const refused = refuseCancel(order);
      if (refused)
        throw new ProblemError(
          refused,
          "A shipment of this order has left. Refund the order once the shipment is returned.",
        );
      return { change: requestCancel(order, actor, now) };
    },
  });
}
