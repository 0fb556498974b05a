import type { z } from "zod";
import { cancelOrder } from "../../services/cancel-order.js";
import { type Command, commandOrder } from "../../services/command-order.js";
import { decideOrder } from "../../services/decide-order.js";
import { resolveOrder } from "../../services/resolve-order.js";
import { readKeyed } from "../read-keyed-request.js";
import { presentOrder } from "../present-order.js";
import { CancelRequest, DecisionRequest, ResolutionRequest } from "../schemas/commands.js";
import type { Route } from "./route.js";

interface CommandRoute<T> {
  verb: string;
  command: Command<T>;
  schema: z.ZodType<T>;
  role?: "operator";
  mayBeEmpty?: boolean;
}

/** A keyed command on an order answers the order as it stands. */
function commandRoute<T>({ verb, command, schema, role, mayBeEmpty = false }: CommandRoute<T>): Route {
  return {
    method: "post",
    path: `/v1/orders/:id/${verb}`,
    ...(role && { role }),
    handle:
      ({ book, runUrl }, { readOrder }) =>
      async (c) => {
        const orderId = c.req.param("id") ?? "";
        const scope = { operation: command.operation, parentId: orderId };
        const { replayed } = await commandOrder(
          book,
          orderId,
          await readKeyed(c, { scope, schema, mayBeEmpty }),
          command,
        );
        c.set("orderId", orderId);
        c.set("replayed", replayed);
        if (replayed) c.header("Idempotent-Replayed", "true");
        return c.json(presentOrder(await readOrder(c.get("caller").tenant, orderId), runUrl));
      },
  };
}

export const cancelOrderRoute = commandRoute({
  verb: "cancel",
  command: cancelOrder,
  schema: CancelRequest,
  mayBeEmpty: true,
});

export const decideOrderRoute = commandRoute({
  verb: "decision",
  command: decideOrder,
  schema: DecisionRequest,
  role: "operator",
});

export const resolveOrderRoute = commandRoute({
  verb: "resolution",
  command: resolveOrder,
  schema: ResolutionRequest,
  role: "operator",
});
