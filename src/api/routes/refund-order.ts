import { awaitOrder } from "../../services/await-order.js";
import { refundOrder } from "../../services/refund-order.js";
import { acknowledge } from "../acknowledge.js";
import { readKeyed } from "../read-keyed-request.js";
import { presentRefund } from "../present-refund.js";
import { RefundRequest } from "../schemas/commands.js";
import type { Route } from "./route.js";

export const refundOrderRoute: Route = {
  method: "post",
  path: "/v1/orders/:id/refunds",
  handle:
    ({ book, runUrl, stopping }, { readRefund }) =>
    async (c) => {
      const orderId = c.req.param("id") ?? "";
      const scope = { operation: "refund-order", parentId: orderId } as const;
      const accepted = await refundOrder(
        { book },
        orderId,
        await readKeyed(c, { scope, schema: RefundRequest, mayBeEmpty: true }),
      );
      c.set("orderId", orderId);
      return acknowledge(c, accepted, (timeoutMs) =>
        awaitOrder(book, orderId, { timeoutMs, signal: AbortSignal.any([c.req.raw.signal, stopping]) }, async () => {
          const refund = await readRefund(c.get("caller").tenant, orderId, accepted.refundId);
          return refund.status === "accepted" ? null : presentRefund(refund, runUrl);
        }),
      );
    },
};
