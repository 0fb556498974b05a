import type { Context, MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { ProblemError } from "../../domain/problem-error.js";
import type { HttpEnv } from "../http-env.js";
import { BODY_LIMIT_BYTES } from "../read-body.js";
import { MOST_ITEMS } from "../schemas/list-queries.js";

/** A larger body is parsed when it is its tenant's turn. */
export const BYTES_OF_ONE = 64 * 1024;
/** A page of more is made when it is its tenant's turn. */
export const ITEMS_OF_ONE = 25;

/** `perSecond` requests for each tenant and process, so that a noisy tenant does not slow the others (K11). */
export function rateLimit(perSecond: number): MiddlewareHandler<HttpEnv> {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return async function rateLimit(c, next) {
    try {
      await limiter.consume(c.get("principal").tenant, Math.min(countOf(c), perSecond));
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

/** How many requests a request counts as: a large body is read and parsed, and a long page made, in the time of several. */
function countOf(c: Context): number {
  return Math.max(Math.ceil(bytesOf(c) / BYTES_OF_ONE), Math.ceil(itemsOf(c) / ITEMS_OF_ONE), 1);
}

function itemsOf(c: Context): number {
  return Math.min(Number(c.req.query("limit")) || 0, MOST_ITEMS);
}

/** A body in chunks does not say its size. */
function bytesOf(c: Context): number {
  if (c.req.header("Transfer-Encoding") !== undefined) return BODY_LIMIT_BYTES;
  return Math.min(Number(c.req.header("Content-Length")) || 0, BODY_LIMIT_BYTES);
}
