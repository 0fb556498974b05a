import type { Context, MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { ProblemError } from "../../domain/problem-error.js";
import type { HttpEnv } from "../http-env.js";
import { BODY_LIMIT_BYTES } from "../read-body.js";
import type { Route } from "../routes/route.js";
import { MOST_ITEMS, USUAL_ITEMS } from "../schemas/list-queries.js";

/** A larger body is parsed when it is its tenant's turn. */
export const BYTES_OF_ONE = 64 * 1024;
const ITEMS_OF_ONE = 10;

type Limited = Pick<Route, "isPage">;

/** `perSecond` requests for each tenant and process, over all routes, so that a noisy tenant does not slow the others (K11). */
export function rateLimit(perSecond: number): (route: Limited) => MiddlewareHandler<HttpEnv> {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return (route) => async (c, next) => {
    try {
      await limiter.consume(c.get("principal").tenant, Math.min(countOf(c, route), perSecond));
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw new ProblemError("rate-limited", `This tenant may send ${perSecond} requests per second.`, {
        retryAfterSeconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)),
        limit: { policy: "tenant", quota: perSecond, windowSeconds: 1 },
      });
    }
    await next();
  };
}

/** How many requests a request counts as: a large body is read and parsed, and a page made, in the time of several. */
function countOf(c: Context, { isPage }: Limited): number {
  const items = isPage ? itemsOf(c) : 0;
  return Math.max(Math.ceil(bytesOf(c) / BYTES_OF_ONE), Math.ceil(items / ITEMS_OF_ONE), 1);
}

function itemsOf(c: Context): number {
  return Math.min(Number(c.req.query("limit")) || USUAL_ITEMS, MOST_ITEMS);
}

/** A body in chunks does not say its size. */
function bytesOf(c: Context): number {
  if (c.req.header("Transfer-Encoding") !== undefined) return BODY_LIMIT_BYTES;
  return Math.min(Number(c.req.header("Content-Length")) || 0, BODY_LIMIT_BYTES);
}
