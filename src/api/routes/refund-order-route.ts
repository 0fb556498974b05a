import { awaitOrder } from "../../services/await-order.js";
import { readRefund } from "../../services/read-order.js";
import { refundOrder } from "../../services/refund-order.js";
import { acknowledge } from "../acknowledge.js";
import { presentRefund } from "../present-refund.js";
import { readKeyed } from "../read-keyed-request.js";
import { RefundRequest } from "../schemas/commands.js";
import type { Route } from "./route.js";

export const refundOrderRoute: Route = {
  method: "post",
  path: "/v1/orders/:id/refunds",
  handle: (deps) => async (c) => {
    const orderId = c.req.param("id") ?? "";
    const scope = { operation: "refund-order", parentId: orderId } as const;
    const request = await readKeyed(c, { scope, schema: RefundRequest, mayBeEmpty: true });
    c.set("orderId", orderId);
    const accepted = await refundOrder(deps, { orderId, request });
    const { tenant } = c.get("principal");
    const signal = AbortSignal.any([c.req.raw.signal, deps.stopping]);
    const arrived = async () => {
      const refund = await readRefund(deps, { tenant, orderId, refundId: accepted.refundId });
      return refund.status === "accepted" ? null : presentRefund(refund, deps.runUrl);
    };
    return acknowledge(c, accepted, (timeoutMs) => awaitOrder(deps, { orderId, timeoutMs, signal, arrived }));
  },
};
