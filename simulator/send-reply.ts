import { once } from "node:events";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import type { Reply } from "./http-response.js";

export type HttpContext = Context<{ Bindings: HttpBindings }>;

/** Sends a reply; a dropped one resets the connection, so that the caller cannot mistake it for a response. */
export async function send(context: HttpContext, reply: Reply): Promise<Response> {
  if (reply === "drop") {
    context.env.incoming.socket.resetAndDestroy();
    return RESPONSE_ALREADY_SENT;
  }
  if (reply === "silence") {
    await once(context.env.outgoing, "close");
    return RESPONSE_ALREADY_SENT;
  }
  return new Response(reply.body, {
    status: reply.status,
    headers: { ...reply.headers, "Content-Type": "application/json" },
  });
}
