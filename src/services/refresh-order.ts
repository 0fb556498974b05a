import { UNCHANGED } from "../domain/change.js";
import { acceptCommand } from "./accept-command.js";
import type { KeyedRequest } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

/**
 * Has the providers polled now about whatever of an order waits for their events. It changes nothing of the order itself,
 * and of one that waits for nothing it polls nothing.
 */
export function refreshOrder(
  deps: ServiceDeps,
  input: { orderId: string; request: KeyedRequest<Record<string, never>> },
) {
  return acceptCommand(deps, input.orderId, input.request, {
    operation: "refresh-order",
    precedesFacts: true,
    polls: true,
    judge: () => ({ change: UNCHANGED }),
  });
}
