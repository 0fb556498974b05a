import type { MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { ProblemError } from "../../domain/problem-error.js";
import type { HttpEnv } from "../http-env.js";

/** `perSecond` requests for each tenant and process, so that a noisy tenant does not slow the others. */
export function rateLimit(perSecond: number): MiddlewareHandler<HttpEnv> {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return async function rateLimit(c, next) {
    try {
      await limiter.consume(c.get("principal").tenant);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw new ProblemError("rate-limited", `This tenant may send ${perSecond} requests per second.`, {
        retryAfterSeconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)),
      });
    }
    await next();
  };
}
