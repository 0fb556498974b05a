import { readOrderRefunds, readRefund } from "../../services/read-order.js";
import { presentRefund } from "../present-refund.js";
import type { Route } from "./route.js";

export const listRefundsRoute: Route = {
  method: "get",
  path: "/v1/orders/:id/refunds",
  handle: (deps) => async (c) => {
    const { tenant } = c.get("principal");
    const refunds = await readOrderRefunds(deps, { tenant, orderId: c.req.param("id") ?? "" });
    return c.json({ items: refunds.map((refund) => presentRefund(refund, deps.runUrl)) });
  },
};

export const readRefundRoute: Route = {
  method: "get",
  path: "/v1/orders/:id/refunds/:refundId",
  handle: (deps) => async (c) => {
    const { tenant } = c.get("principal");
    const { id = "", refundId = "" } = c.req.param();
    return c.json(presentRefund(await readRefund(deps, { tenant, orderId: id, refundId }), deps.runUrl));
  },
};
