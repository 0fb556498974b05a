import type { ShipTo } from "../domain/order-request.js";
import { ProblemError } from "../domain/problem-error.js";
import { canChangeAddress, changeAddress } from "../domain/rules/address.js";
import { acceptCommand } from "./accept-command.js";
import type { KeyedRequest } from "./keyed-request.js";
import type { ServiceDeps } from "./service-deps.js";

export interface AddressRequest {
  shipTo: ShipTo;
}

/** Replaces the address of an order until a warehouse is asked to ship it. */
export function changeOrderAddress(
  deps: ServiceDeps,
  input: { orderId: string; request: KeyedRequest<AddressRequest> },
) {
  return acceptCommand(deps, input.orderId, input.request, {
    operation: "change-address",
    judge(order, { shipTo }, actor) {
      if (!canChangeAddress(order))
        throw new ProblemError(
          "address-fixed",
          "A shipment of this order was requested, or the order is not being fulfilled any more.",
        );
      return { change: changeAddress(order, shipTo, actor) };
    },
  });
}
