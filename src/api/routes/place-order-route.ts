import { awaitOrder } from "../../services/await-order.js";
import { createPlaceOrder } from "../../services/place-order.js";
import { readOrder } from "../../services/read-order.js";
import { acknowledge } from "../acknowledge.js";
import { presentOrder } from "../present-order.js";
import { readKeyed } from "../read-keyed-request.js";
import { OrderRequest } from "../schemas/order-body.js";
import type { Route } from "./route.js";

export const placeOrderRoute: Route = {
  method: "post",
  path: "/v1/orders",
  role: "merchant",
  handle(deps) {
    const placeOrder = createPlaceOrder(deps);
    return async (c) => {
      const scope = { operation: "place-order", parentId: null } as const;
      const request = await readKeyed(c, { scope, schema: OrderRequest });
      const orderId = request.id;
      c.set("orderId", orderId);
      const placed = await placeOrder(request);
      const { tenant } = c.get("principal");
      const signal = AbortSignal.any([c.req.raw.signal, deps.stopping]);
      const arrived = async () => {
        const order = presentOrder(await readOrder(deps, { tenant, orderId }), deps.runUrl);
        return order.status === "accepted" ? null : order;
      };
      return acknowledge(c, placed, (timeoutMs) => awaitOrder(deps, { orderId, timeoutMs, signal, arrived }));
    };
  },
};
