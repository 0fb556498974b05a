import { presentRefund } from "../present-refund.js";
import type { Route } from "./route.js";

export const listRefundsRoute: Route = {
  method: "get",
  path: "/v1/orders/:id/refunds",
  handle:
    ({ runUrl }, { listRefunds }) =>
    async (c) => {
      const refunds = await listRefunds(c.get("caller").tenant, c.req.param("id") ?? "");
      return c.json({ items: refunds.map((refund) => presentRefund(refund, runUrl)) });
    },
};

export const readRefundRoute: Route = {
  method: "get",
  path: "/v1/orders/:id/refunds/:refundId",
  handle:
    ({ runUrl }, { readRefund }) =>
    async (c) => {
      const { id = "", refundId = "" } = c.req.param();
      return c.json(presentRefund(await readRefund(c.get("caller").tenant, id, refundId), runUrl));
    },
};
