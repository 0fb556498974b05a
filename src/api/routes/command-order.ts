import type { z } from "zod";
import { changeOrderAddress } from "../../services/change-address.js";
import { cancelOrder } from "../../services/cancel-order.js";
import { decideOrder } from "../../services/decide-order.js";
import type { KeyedRequest } from "../../services/keyed-request.js";
import { readOrder } from "../../services/read-order.js";
import { refreshOrder } from "../../services/refresh-order.js";
import { resolveOrder } from "../../services/resolve-order.js";
import type { ServiceDeps } from "../../services/service-deps.js";
import type { Operation } from "../../idempotency/derived-ids.js";
import { presentOrder } from "../present-order.js";
import { readKeyed } from "../read-keyed-request.js";
import {
  AddressRequest,
  CancelRequest,
  DecisionRequest,
  RefreshRequest,
  ResolutionRequest,
} from "../schemas/commands.js";
import type { Route } from "./route.js";
import { markReplayed } from "../replayed-answer.js";

interface CommandRoute<T> {
  verb: string;
  operation: Operation;
  schema: z.ZodType<T>;
  command(
    deps: ServiceDeps,
    input: { orderId: string; request: KeyedRequest<T> },
  ): Promise<{ replayed: boolean; purged: boolean }>;
  role?: NonNullable<Route["role"]>;
  mayBeEmpty?: boolean;
  /** 202 where what it leads to comes later. */
  status?: 200 | 202;
}

/** A keyed command on an order answers the order as it is then, or nothing where that was purged. */
function commandRoute<T>({
  verb,
  operation,
  schema,
  command,
  role,
  mayBeEmpty = false,
  status = 200,
}: CommandRoute<T>): Route {
  return {
    method: "post",
    path: `/v1/orders/:id/${verb}`,
    ...(role && { role }),
    handle: (deps) => async (c) => {
      const orderId = c.req.param("id") ?? "";
      const request = await readKeyed(c, { scope: { operation, parentId: orderId }, schema, mayBeEmpty });
      c.set("orderId", orderId);
      const { replayed, purged } = await command(deps, { orderId, request });
      markReplayed(c, replayed);
      if (purged) return c.body(null, 204);
      const { tenant } = c.get("principal");
      const order = presentOrder(await readOrder(deps, { tenant, orderId }), deps.runUrl);
      if (status === 202) c.header("Location", order.links.self);
      return c.json(order, status);
    },
  };
}

export const cancelOrderRoute = commandRoute({
  verb: "cancel",
  operation: "cancel-order",
  schema: CancelRequest,
  command: cancelOrder,
  mayBeEmpty: true,
});

export const changeAddressRoute = commandRoute({
  verb: "address",
  operation: "change-address",
  schema: AddressRequest,
  command: changeOrderAddress,
  role: "merchant",
});

export const decideOrderRoute = commandRoute({
  verb: "decision",
  operation: "decide-order",
  schema: DecisionRequest,
  command: decideOrder,
  role: "operator",
});

export const refreshOrderRoute = commandRoute({
  verb: "refresh",
  operation: "refresh-order",
  schema: RefreshRequest,
  command: refreshOrder,
  mayBeEmpty: true,
  status: 202,
});

export const resolveOrderRoute = commandRoute({
  verb: "resolution",
  operation: "resolve-order",
  schema: ResolutionRequest,
  command: resolveOrder,
  role: "operator",
});
