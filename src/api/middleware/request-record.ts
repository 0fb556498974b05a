import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { AppDeps } from "../app-deps.js";
import type { HttpEnv } from "../http-env.js";

/** Names each request, keeps answers out of caches, and records one canonical line when it is answered. */
export function requestRecord({ onRequest }: Pick<AppDeps, "onRequest">): MiddlewareHandler<HttpEnv> {
  return async function requestRecord(c, next) {
    const began = performance.now();
    const requestId = randomUUID();
    c.set("requestId", requestId);
    // Set before there is an answer: one that exists would be copied, and its body turned into a stream.
    c.header("X-Request-Id", requestId);
    c.header("Cache-Control", "no-store");
    await next();
    onRequest({
      requestId,
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      seconds: (performance.now() - began) / 1000,
      problem: c.get("problem") ?? null,
      orderId: c.get("orderId") ?? null,
      replayed: c.get("replayed") ?? false,
    });
  };
}
