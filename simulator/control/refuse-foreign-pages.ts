import { isIP } from "node:net";
import { createMiddleware } from "hono/factory";

/**
 * Refuses what the page of another site makes a browser send: an `Origin` that is not this one, or a `Host` under which
 * a foreign site may have had this address resolved (DNS rebinding). Names without a dot belong to this machine or network.
 */
export const refuseForeignPages = createMiddleware(async (context, next) => {
  const { host, hostname, protocol } = new URL(context.req.url);
  const origin = context.req.header("Origin");
  const isForeign = origin !== undefined && origin !== `${protocol}//${host}`;
  const isOurs = isIP(hostname.replace(/^\[|\]$/g, "")) > 0 || !hostname.includes(".");
  if (isForeign || !isOurs) return context.json({ error: "the control answers no page of another site" }, 403);
  await next();
});
