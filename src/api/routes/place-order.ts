import { awaitOrder } from "../../services/await-order.js";
import { createOrderDoor } from "../../services/place-order.js";
import { acknowledge } from "../acknowledge.js";
import { readKeyed } from "../read-keyed-request.js";
import { presentOrder } from "../present-order.js";
import { OrderRequest } from "../schemas/order-request.js";
import type { Route } from "./route.js";

export const placeOrderRoute: Route = {
  method: "post",
  path: "/v1/orders",
  role: "merchant",
  handle({ book, policy, runUrl, stopping }, { readOrder }) {
    const placeOrder = createOrderDoor({ book, policy });
    return async (c) => {
      const scope = { operation: "place-order", parentId: null } as const;
      const accepted = await placeOrder(await readKeyed(c, { scope, schema: OrderRequest }));
      c.set("orderId", accepted.orderId);
      return acknowledge(c, accepted, (timeoutMs) =>
        awaitOrder(
          book,
          accepted.orderId,
          { timeoutMs, signal: AbortSignal.any([c.req.raw.signal, stopping]) },
          async () => {
            const order = presentOrder(await readOrder(c.get("caller").tenant, accepted.orderId), runUrl);
            return order.status === "accepted" ? null : order;
          },
        ),
      );
    };
  },
};
